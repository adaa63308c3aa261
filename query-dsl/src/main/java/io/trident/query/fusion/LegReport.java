/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * What one leg of a fusion did.
 *
 * @param name the leg's name; behind its fusion's leg when that is a leg itself
 * @param candidates how many documents it gave, at most the window
 * @param tookMillis milliseconds from its start to its answer
 */
record LegReport(String name, int candidates, long tookMillis)
    implements Writeable, ToXContentObject {

  /** Reads a report from another node. */
  LegReport(StreamInput in) throws IOException {
    this(in.readString(), in.readVInt(), in.readVLong());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(name);
    out.writeVInt(candidates);
    out.writeVLong(tookMillis);
  }

  /** The same report of a leg inside of another leg. */
  LegReport inside(String outer) {
    return new LegReport(outer + "/" + name, candidates, tookMillis);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder
        .startObject()
        .field("name", name)
        .field("candidates", candidates)
        .field("took", tookMillis)
        .endObject();
  }
}
