/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.rerank;

import java.io.IOException;
import java.util.Objects;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.search.SearchExtBuilder;

/** What a response says of its reranking, under {@code ext}. Immutable. */
public final class CrossEncoderReport extends SearchExtBuilder {

  /** The name between nodes. */
  public static final String NAME = "cross_encoder_report";

  private final String model;
  private final int candidates;
  private final long tookMillis;
  private final String failure;

  CrossEncoderReport(String model, int candidates, long tookMillis, String failure) {
    this.model = model;
    this.candidates = candidates;
    this.tookMillis = tookMillis;
    this.failure = failure;
  }

  /** Reads a report from another node. */
  public CrossEncoderReport(StreamInput in) throws IOException {
    this(in.readString(), in.readVInt(), in.readVLong(), in.readOptionalString());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(model);
    out.writeVInt(candidates);
    out.writeVLong(tookMillis);
    out.writeOptionalString(failure);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(CrossEncoderExtBuilder.NAME);
    builder.field("model", model);
    builder.field("candidates", candidates);
    builder.field("took", tookMillis);
    builder.field("reranked", failure == null);
    if (failure != null) {
      builder.field("failure", failure);
    }
    return builder.endObject();
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CrossEncoderReport that
        && model.equals(that.model)
        && candidates == that.candidates
        && tookMillis == that.tookMillis
        && Objects.equals(failure, that.failure);
  }

  @Override
  public int hashCode() {
    return Objects.hash(model, candidates, tookMillis, failure);
  }
}
