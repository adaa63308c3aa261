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
 * @param firstStageWeight the share that the fused score has when a cross-encoder reranks, or null
 */
public record FusionSettings(
    RankFusion fusion, int window, List<Float> weights, Float firstStageWeight)
    implements Writeable {

  public FusionSettings {
    weights = List.copyOf(weights);
  }

  /** Settings of a fusion alone. */
  public FusionSettings(RankFusion fusion, int window, List<Float> weights) {
    this(fusion, window, weights, null);
  }

  /** Reads settings from another node. */
  public FusionSettings(StreamInput in) throws IOException {
    this(
        new RankFusion(in),
        in.readVInt(),
        in.readList(StreamInput::readFloat),
        in.readOptionalFloat());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    fusion.writeTo(out);
    out.writeVInt(window);
    out.writeCollection(weights, StreamOutput::writeFloat);
    out.writeOptionalFloat(firstStageWeight);
  }

  /** The same settings with other weights. */
  public FusionSettings withWeights(List<Float> others) {
    return new FusionSettings(fusion, window, others, firstStageWeight);
  }

  /** The same settings with a share for when a cross-encoder reranks, or with none for null. */
  public FusionSettings withFirstStageWeight(Float share) {
    return new FusionSettings(fusion, window, weights, share);
  }
}
