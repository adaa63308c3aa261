/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.dsl.OptionParser;
import java.io.IOException;
import java.util.Objects;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.QueryBuilder;

/**
 * One query of a fusion.
 *
 * @param name tells the leg in explanations
 * @param weight its share in the fused score, positive
 * @param query any query but one that is itself only valid at the top of a request
 * @param weighted whether the request says the weight, so that no profile changes it
 */
public record FusionLeg(String name, float weight, QueryBuilder query, boolean weighted)
    implements Writeable, ToXContentObject {

  private static final String UNNAMED = "leg_";

  /** A leg whose weight is given. */
  public FusionLeg(String name, float weight, QueryBuilder query) {
    this(name, weight, query, true);
  }

  public FusionLeg {
    Objects.requireNonNull(query, "query");
    positive(name, weight);
    if ("hybrid".equals(query.getWriteableName())) {
      throw new IllegalArgumentException(
          "["
              + FusionQueryBuilder.NAME
              + "] leg ["
              + Excerpt.of(name)
              + "] must not be a [hybrid] query, whose hits are fused by a pipeline: give its queries as legs");
    }
  }

  /** Reads a leg from another node. */
  FusionLeg(StreamInput in) throws IOException {
    this(
        in.readString(),
        in.readFloat(),
        in.readNamedWriteable(QueryBuilder.class),
        in.readBoolean());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(name);
    out.writeFloat(weight);
    out.writeNamedWriteable(query);
    out.writeBoolean(weighted);
  }

  /** A weight that a leg may have. */
  static float positive(String name, float weight) {
    if (weight > 0 == false || Float.isInfinite(weight)) {
      throw new IllegalArgumentException(
          "["
              + FusionQueryBuilder.NAME
              + "] leg ["
              + Excerpt.of(name)
              + "] must have a positive, finite [weight], got ["
              + weight
              + "]");
    }
    return weight;
  }

  FusionLeg withQuery(QueryBuilder other) {
    return new FusionLeg(name, weight, other, weighted);
  }

  FusionLeg withWeight(float other) {
    return new FusionLeg(name, other, query);
  }

  /** The name of a leg that the request does not name. */
  static String unnamed(int number) {
    return UNNAMED + number;
  }

  /** Reads a leg from JSON; the parser stands on its object. */
  static FusionLeg fromXContent(XContentParser parser, int number) throws IOException {
    Options read = new Options(unnamed(number));
    OptionParser options =
        new OptionParser("[" + FusionQueryBuilder.NAME + "] leg [" + number + "]");
    options.parse(parser, (key, value) -> read.parse(key, value, options));
    if (read.query == null) {
      throw new ParsingException(
          parser.getTokenLocation(),
          "["
              + FusionQueryBuilder.NAME
              + "] leg ["
              + Excerpt.of(read.name)
              + "] must have a [query]");
    }
    return new FusionLeg(
        read.name, read.weight == null ? 1 : read.weight, read.query, read.weight != null);
  }

  /** What the JSON of a leg says. */
  private static final class Options {
    private String name;
    private Float weight;
    private QueryBuilder query;

    private Options(String name) {
      this.name = name;
    }

    private boolean parse(String key, XContentParser parser, OptionParser options)
        throws IOException {
      switch (key) {
        case "name" -> name = options.string(parser);
        case "weight" -> weight = options.number(parser);
        case "query" -> query = options.query(parser);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject().field("name", name);
    if (weighted) {
      builder.field("weight", weight);
    }
    return builder.field("query", query).endObject();
  }
}
