/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.rerank;

import io.trident.query.fusion.Normalization;
import java.util.stream.IntStream;

/**
 * The weighted mean of the scores of two stages, each first brought to 0 to 1 over the hits that
 * are reranked: what the first stage knows of a hit, such as how rare its words are in this index,
 * a cross-encoder does not see (Wang, Zhuang and Zuccon, BERT-based Dense Retrievers Require
 * Interpolation with BM25 for Effective Passage Retrieval, ICTIR 2021). Thread-safe.
 *
 * @param firstStageWeight the share of the first stage, 0 to 1; with 0 the cross-encoder's scores
 *     stay as they are
 */
public record Interpolation(float firstStageWeight) {

  /**
   * Combines the scores of the hits, in one order.
   *
   * @param first those of the first stage; one that is not finite counts as the least
   * @param second as many of the cross-encoder, finite
   */
  public float[] combine(float[] first, float[] second) {
    if (firstStageWeight == 0) {
      return second.clone();
    }
    double[] before = normalized(first);
    double[] after = normalized(second);
    float[] combined = new float[first.length];
    for (int i = 0; i < combined.length; i++) {
      combined[i] = (float) (firstStageWeight * before[i] + (1 - firstStageWeight) * after[i]);
    }
    return combined;
  }

  /** The scores of a stage, brought to 0 to 1. */
  static double[] normalized(float[] scores) {
    return Normalization.MIN_MAX.normalize(finite(scores));
  }

  private static double[] finite(float[] scores) {
    double least =
        IntStream.range(0, scores.length)
            .mapToDouble(i -> scores[i])
            .filter(Double::isFinite)
            .min()
            .orElse(0);
    return IntStream.range(0, scores.length)
        .mapToDouble(i -> Float.isFinite(scores[i]) ? scores[i] : least)
        .toArray();
  }
}
