/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilder;

/**
 * Moves the vector of a query towards those of the best documents of a first search: by the mean of
 * their directions for dense vectors (Rocchio, in The SMART Retrieval System, 1971), by their
 * heaviest tokens for sparse ones (RM3: Abdul-Jaleel et al., TREC 2004).
 *
 * @param documents how many documents are read, 1 to 100
 * @param weight their share beside that of the query, which is 1; with 0 nothing is read
 * @param terms how many tokens of a sparse vector are added, 1 to 1,000
 * @param query what finds the documents, or null for the query itself
 * @param filter what the documents must match, too, or null
 */
public record Feedback(
    int documents, float weight, int terms, QueryBuilder query, QueryBuilder filter)
    implements Writeable, ToXContentObject {

  /** The name of the option. */
  public static final String NAME = "feedback";

  /** The default of {@code documents}: 3. */
  public static final int DEFAULT_DOCUMENTS = 3;

  /** The default of {@code weight}: 0.5. */
  public static final float DEFAULT_WEIGHT = 0.5f;

  /** The default of {@code terms}: 30. */
  public static final int DEFAULT_TERMS = 30;

  /** The most {@code documents}: 100. */
  public static final int MAX_DOCUMENTS = 100;

  /** The most {@code terms}: 1,000. */
  public static final int MAX_TERMS = 1_000;

  private static final String DOCUMENTS = "documents";
  private static final String TERMS = "terms";
  private static final String QUERY = "query";
  private static final String FILTER = "filter";

  public Feedback {
    checkRange(DOCUMENTS, documents, MAX_DOCUMENTS);
    checkRange(TERMS, terms, MAX_TERMS);
    if ((weight >= 0 && Float.isFinite(weight)) == false) {
      throw new IllegalArgumentException(
          "["
              + NAME
              + "] must have a finite ["
              + WeightedObject.WEIGHT
              + "] of at least 0, got ["
              + weight
              + "]");
    }
  }

  private static void checkRange(String option, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          "[" + NAME + "] must have [" + option + "] of 1 to " + most + ", got [" + value + "]");
    }
  }

  /** Reads it from another node. */
  public Feedback(StreamInput in) throws IOException {
    this(
        in.readVInt(),
        in.readFloat(),
        in.readVInt(),
        in.readOptionalNamedWriteable(QueryBuilder.class),
        in.readOptionalNamedWriteable(QueryBuilder.class));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeVInt(documents);
    out.writeFloat(weight);
    out.writeVInt(terms);
    out.writeOptionalNamedWriteable(query);
    out.writeOptionalNamedWriteable(filter);
  }

  /** Reads documents only among those that match {@code added}, too. */
  Feedback within(QueryBuilder added) {
    QueryBuilder both =
        filter == null ? added : new BoolQueryBuilder().filter(filter).filter(added);
    return new Feedback(documents, weight, terms, query, both);
  }

  /** What its JSON says. */
  private static final class Body {
    private int documents = DEFAULT_DOCUMENTS;
    private float weight = DEFAULT_WEIGHT;
    private int terms = DEFAULT_TERMS;
    private QueryBuilder query;
    private QueryBuilder filter;
  }

  /** Reads it from JSON; the parser stands on its object. */
  public static Feedback fromXContent(XContentParser parser, OptionParser outer)
      throws IOException {
    OptionParser options = new OptionParser("[" + NAME + "] of " + outer.owner());
    Body body = new Body();
    options.parse(
        parser,
        (key, value) -> {
          switch (key) {
            case DOCUMENTS -> body.documents = options.integer(value);
            case WeightedObject.WEIGHT -> body.weight = options.number(value);
            case TERMS -> body.terms = options.integer(value);
            case QUERY -> body.query = options.query(value);
            case FILTER -> body.filter = options.query(value);
            default -> {
              return false;
            }
          }
          return true;
        });
    return new Feedback(body.documents, body.weight, body.terms, body.query, body.filter);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder
        .startObject()
        .field(DOCUMENTS, documents)
        .field(WeightedObject.WEIGHT, weight)
        .field(TERMS, terms);
    if (query != null) {
      builder.field(QUERY, query);
    }
    if (filter != null) {
      builder.field(FILTER, filter);
    }
    return builder.endObject();
  }
}
