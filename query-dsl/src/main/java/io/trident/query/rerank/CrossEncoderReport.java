/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.rerank;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.search.SearchExtBuilder;

/**
 * What a response says of its reranking, under {@code ext}: an object, or an array of one for each
 * stage. Immutable.
 */
public final class CrossEncoderReport extends SearchExtBuilder {

  /** The name between nodes. */
  public static final String NAME = "cross_encoder_report";

  /**
   * What came of a stage.
   *
   * @param candidates how many hits the model scored; of those that it should have, when it failed
   * @param skipped how many hits of the window its budget had no time for
   * @param failure why the model failed, or null
   */
  record Stage(String model, int candidates, int skipped, long tookMillis, String failure) {

    private static Stage read(StreamInput in) throws IOException {
      return new Stage(
          in.readString(), in.readVInt(), in.readVInt(), in.readVLong(), in.readOptionalString());
    }

    private void write(StreamOutput out) throws IOException {
      out.writeString(model);
      out.writeVInt(candidates);
      out.writeVInt(skipped);
      out.writeVLong(tookMillis);
      out.writeOptionalString(failure);
    }

    private void write(XContentBuilder builder) throws IOException {
      builder.startObject();
      builder.field("model", model);
      builder.field("candidates", candidates);
      if (skipped > 0) {
        builder.field("skipped", skipped);
      }
      builder.field("took", tookMillis);
      builder.field("reranked", failure == null);
      if (failure != null) {
        builder.field("failure", failure);
      }
      builder.endObject();
    }
  }

  private final List<Stage> stages;

  CrossEncoderReport(List<Stage> stages) {
    this.stages = List.copyOf(stages);
  }

  /** Reads a report from another node. */
  public CrossEncoderReport(StreamInput in) throws IOException {
    this(in.readList(Stage::read));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeCollection(stages, (stream, stage) -> stage.write(stream));
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.field(CrossEncoderExtBuilder.NAME);
    if (stages.size() > 1) {
      builder.startArray();
    }
    for (Stage stage : stages) {
      stage.write(builder);
    }
    return stages.size() > 1 ? builder.endArray() : builder;
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CrossEncoderReport that && stages.equals(that.stages);
  }

  @Override
  public int hashCode() {
    return stages.hashCode();
  }
}
