/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import java.io.IOException;
import java.util.List;
import java.util.Set;
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

  public WeightedText {
    if (Strings.isEmpty(text)) {
      throw new IllegalArgumentException(
          "[" + NAME + "] must have a [" + TEXT + "] that is not empty in each object");
    }
    WeightedObject.checkWeight(NAME, weight);
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

  /** Reads texts from JSON; the parser stands on their list. */
  static List<WeightedText> parse(XContentParser parser, OptionParser options) throws IOException {
    return WeightedObject.parse(NAME, Set.of(TEXT), parser, options).stream()
        .map(object -> new WeightedText(object.strings().get(TEXT), object.weight()))
        .toList();
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder.startObject().field(TEXT, text).field(WeightedObject.WEIGHT, weight).endObject();
  }
}
