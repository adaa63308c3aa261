/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * How many documents of a ranking a shard has.
 *
 * @param index the index as {@link DocKey} names it
 * @param shard the shard's number
 * @param count the number of documents
 */
record ShardCount(String index, int shard, int count) implements Writeable {

  /** Reads a count from another node. */
  ShardCount(StreamInput in) throws IOException {
    this(in.readString(), in.readVInt(), in.readVInt());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(index);
    out.writeVInt(shard);
    out.writeVInt(count);
  }
}
