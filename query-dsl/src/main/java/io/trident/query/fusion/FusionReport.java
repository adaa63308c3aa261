/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.search.SearchExtBuilder;

/** What a profiled response says of the legs of its fusions, under {@code ext}. Immutable. */
public final class FusionReport extends SearchExtBuilder {

  /** The name between nodes. */
  public static final String NAME = "fusion_report";

  private final List<LegReport> legs;

  FusionReport(List<LegReport> legs) {
    this.legs = List.copyOf(legs);
  }

  /** Reads a report from another node. */
  public FusionReport(StreamInput in) throws IOException {
    this(in.readList(LegReport::new));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeList(legs);
  }

  List<LegReport> legs() {
    return legs;
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(FusionQueryBuilder.NAME).startArray("legs");
    for (LegReport leg : legs) {
      leg.toXContent(builder, params);
    }
    return builder.endArray().endObject();
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FusionReport that && legs.equals(that.legs);
  }

  @Override
  public int hashCode() {
    return legs.hashCode();
  }
}
