/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.budget;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.search.SearchExtBuilder;

/** Asks the shards of a search how many documents they scored. Immutable. */
public final class CountWish extends SearchExtBuilder {

  /** The name between nodes. */
  public static final String NAME = "scored_count";

  CountWish() {}

  /** Reads the wish from another node. */
  public CountWish(StreamInput in) {}

  @Override
  public void writeTo(StreamOutput out) {}

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder.startObject(NAME).endObject();
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CountWish;
  }

  @Override
  public int hashCode() {
    return NAME.hashCode();
  }
}
