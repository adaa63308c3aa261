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

  public LikedDocument {
    if (Strings.isEmpty(id)) {
      throw new IllegalArgumentException(
          "[" + NAME + "] must have an [" + ID + "] that is not empty in each object");
    }
    WeightedObject.checkWeight(NAME, weight);
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

  /** Reads documents from JSON; the parser stands on their list. */
  static List<LikedDocument> parse(XContentParser parser, OptionParser options) throws IOException {
    return WeightedObject.parse(NAME, Set.of(INDEX, ID), parser, options).stream()
        .map(LikedDocument::of)
        .toList();
  }

  private static LikedDocument of(WeightedObject object) {
    return new LikedDocument(
        object.strings().get(INDEX), object.strings().get(ID), object.weight());
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject();
    if (index != null) {
      builder.field(INDEX, index);
    }
    return builder.field(ID, id).field(WeightedObject.WEIGHT, weight).endObject();
  }
}
