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
 * What the legs of a fusion have become.
 *
 * @param legs the legs as they were run
 * @param fusion how their rankings were fused
 * @param documents the fused documents, best first
 */
record FusedRanking(List<FusionLeg> legs, RankFusion fusion, List<FusedDoc> documents)
    implements Writeable {

  /** Reads a ranking from another node. */
  FusedRanking(StreamInput in) throws IOException {
    this(in.readList(FusionLeg::new), new RankFusion(in), in.readList(FusedDoc::new));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeList(legs);
    fusion.writeTo(out);
    out.writeList(documents);
  }

  /** The same ranking of other legs. */
  FusedRanking withLegs(List<FusionLeg> others) {
    return new FusedRanking(others, fusion, documents);
  }

  /** The same legs with another ranking. */
  FusedRanking withDocuments(List<FusedDoc> others) {
    return new FusedRanking(legs, fusion, others);
  }

  /** The share of each leg in the score of a document; see {@link Combination#shares}. */
  double[] shares(FusedDoc document) {
    double[] scores = new double[legs.size()];
    double[] weights = new double[legs.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = document.normalized()[i];
      weights[i] = legs.get(i).weight();
    }
    return fusion
        .combination()
        .shares(scores, fusion.counted(document.ranks()), weights, fusion.rankConstant());
  }
}
