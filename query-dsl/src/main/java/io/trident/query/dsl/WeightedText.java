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
 * One of several texts; its vector becomes part of the vector that a query searches with.
 *
 * @param text what a person typed, or a model wrote
 * @param weight its share in the query's vector
 */
public record WeightedText(String text, float weight) implements Writeable, ToXContentObject {

  /** The name of the option that lists them. */
  static final String NAME = "texts";

  private static final String TEXT = "text";
  private static final String WEIGHT = "weight";

  public WeightedText {
    if (Strings.isEmpty(text)) {
      throw new IllegalArgumentException(
          "[" + NAME + "] must have a [" + TEXT + "] that is not empty in each object");
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

  /** Reads a text from another node. */
  WeightedText(StreamInput in) throws IOException {
    this(in.readString(), in.readFloat());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(text);
    out.writeFloat(weight);
  }

  /** What the JSON of a text says. */
  private static final class Body {
    private String text;
    private float weight = 1;
  }

  /** Reads a text from JSON; the parser stands on its object. */
  static WeightedText fromXContent(XContentParser parser, OptionParser outer) throws IOException {
    OptionParser options = new OptionParser("[" + NAME + "] of " + outer.owner());
    Body body = new Body();
    options.parse(
        parser,
        (key, value) -> {
          switch (key) {
            case TEXT -> body.text = options.string(value);
            case WEIGHT -> body.weight = options.number(value);
            default -> {
              return false;
            }
          }
          return true;
        });
    return new WeightedText(body.text, body.weight);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder.startObject().field(TEXT, text).field(WEIGHT, weight).endObject();
  }
}
