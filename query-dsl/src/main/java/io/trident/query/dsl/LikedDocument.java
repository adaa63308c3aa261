/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import java.io.IOException;
import org.opensearch.core.common.Strings;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;

/**
 * A stored document; its vector becomes part of the vector that a query searches with.
 *
 * @param index where it is, or null for where the query searches
 * @param id its {@code _id}
 * @param weight its share in the query's vector
 */
public record LikedDocument(String index, String id, float weight)
    implements Writeable, ToXContentObject {

  /** The name of the option that lists them. */
  static final String NAME = "like";

  private static final String INDEX = "_index";
  private static final String ID = "_id";
  private static final String WEIGHT = "weight";

  public LikedDocument {
    if (Strings.isEmpty(id)) {
      throw new IllegalArgumentException(
          "[" + NAME + "] must have an [" + ID + "] that is not empty in each object");
    }
    if (Float.isFinite(weight) == false) {
      throw new IllegalArgumentException(
          "["
              + NAME
              + "] must have a finite ["
              + WEIGHT
              + "] in each object, got ["
              + weight
              + "]");
    }
  }

  /** Reads a document from another node. */
  LikedDocument(StreamInput in) throws IOException {
    this(in.readOptionalString(), in.readString(), in.readFloat());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeOptionalString(index);
    out.writeString(id);
    out.writeFloat(weight);
  }

  /** What the JSON of a document says. */
  private static final class Body {
    private String index;
    private String id;
    private float weight = 1;
  }

  /** Reads a document from JSON; the parser stands on its object. */
  static LikedDocument fromXContent(XContentParser parser, OptionParser outer) throws IOException {
    OptionParser options = new OptionParser("[" + NAME + "] of " + outer.owner());
    Body body = new Body();
    options.parse(
        parser,
        (key, value) -> {
          switch (key) {
            case INDEX -> body.index = options.string(value);
            case ID -> body.id = options.string(value);
            case WEIGHT -> body.weight = options.number(value);
            default -> {
              return false;
            }
          }
          return true;
        });
    return new LikedDocument(body.index, body.id, body.weight);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject();
    if (index != null) {
      builder.field(INDEX, index);
    }
    return builder.field(ID, id).field(WEIGHT, weight).endObject();
  }
}
