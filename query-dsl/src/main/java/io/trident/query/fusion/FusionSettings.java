/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * What may be fitted of a fusion.
 *
 * @param fusion how the rankings of the legs become one
 * @param window how many documents each leg gives
 * @param weights the weight of each leg, in their order
 */
public record FusionSettings(RankFusion fusion, int window, List<Float> weights)
    implements Writeable {

  public FusionSettings {
    weights = List.copyOf(weights);
  }

  /** Reads settings from another node. */
  public FusionSettings(StreamInput in) throws IOException {
    this(new RankFusion(in), in.readVInt(), in.readList(StreamInput::readFloat));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    fusion.writeTo(out);
    out.writeVInt(window);
    out.writeCollection(weights, StreamOutput::writeFloat);
  }

  /** The same settings with other weights. */
  public FusionSettings withWeights(List<Float> others) {
    return new FusionSettings(fusion, window, others);
  }
}
