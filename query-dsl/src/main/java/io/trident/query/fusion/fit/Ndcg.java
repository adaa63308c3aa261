/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

import java.util.Arrays;

/**
 * The normalized discounted cumulative gain of the first ten documents, as trec_eval computes it:
 * the gain is the grade itself, and what is not judged gains nothing (Järvelin and Kekäläinen,
 * Cumulated Gain-based Evaluation of IR Techniques, TOIS 2002).
 */
public final class Ndcg {

  /** How many documents of a ranking count. */
  public static final int DEPTH = 10;

  private Ndcg() {}

  /**
   * The quality of a ranking, 0 to 1.
   *
   * @param gains those of its first documents, best first
   * @param ideal what {@link #ideal} gives for the judgments; with 0 every ranking is worth 0
   */
  public static double of(double[] gains, double ideal) {
    return ideal == 0 ? 0 : Math.min(1, discounted(gains) / ideal);
  }

  /** What the best ranking of judged documents gains. */
  public static double ideal(double[] grades) {
    double[] descending = Arrays.stream(grades).map(grade -> -grade).sorted().toArray();
    return discounted(Arrays.stream(descending).map(grade -> -grade).toArray());
  }

  private static double discounted(double[] gains) {
    double sum = 0;
    for (int rank = 0; rank < Math.min(DEPTH, gains.length); rank++) {
      sum += Math.max(0, gains[rank]) * Math.log(2) / Math.log(rank + 2);
    }
    return sum;
  }
}
