/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

/** The latest scores of a judge, by which a share of texts is kept. Thread-safe. */
final class LatestScores {

  /** Enough for a share to be right within two percent, most of the time. */
  static final int WINDOW = 1_024;

  private final float[] scores = new float[WINDOW];
  private long noted;

  /**
   * Notes a score and says whether it is among the best share of the latest, itself included.
   *
   * @param share above 0, at most 1
   */
  synchronized boolean isAmong(float score, double share) {
    scores[(int) (noted++ % WINDOW)] = score;
    int count = (int) Math.min(noted, WINDOW);
    int notAbove = 0;
    for (int i = 0; i < count; i++) {
      notAbove += scores[i] <= score ? 1 : 0;
    }
    return notAbove > Math.floor(count * (1 - share));
  }
}
