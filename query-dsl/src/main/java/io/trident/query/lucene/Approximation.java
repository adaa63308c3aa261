/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

/**
 * How much of exactness a {@link LearnedSparseQuery} may give up for speed. Scores stay exact: what
 * can be lost are hits. The knobs are those of Block-Max Pruning (Mallia, Suel and Tonellotto,
 * SIGIR 2024, section 4).
 *
 * @param mass the share of the query's weight whose tokens, the heaviest, decide which blocks of
 *     documents are scored; over 0, at most 1. All tokens count in the scores of the documents
 *     there.
 * @param blocks how many blocks of a segment are scored at most, those with the largest bounds; at
 *     least 1
 * @param overestimate a block is scored only when its bound reaches so many times the k-th best
 *     score; at least 1
 */
public record Approximation(float mass, int blocks, float overestimate) {

  /** Gives up nothing. */
  public static final Approximation NONE = new Approximation(1, Integer.MAX_VALUE, 1);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the knob, its range and what came
   */
  public Approximation {
    if (mass > 0 == false || mass > 1) {
      throw new IllegalArgumentException("[mass] must be over 0 and at most 1, got [" + mass + "]");
    }
    if (blocks < 1) {
      throw new IllegalArgumentException("[blocks] must be at least 1, got [" + blocks + "]");
    }
    if (overestimate >= 1 == false || Float.isInfinite(overestimate)) {
      throw new IllegalArgumentException(
          "[overestimate] must be at least 1 and finite, got [" + overestimate + "]");
    }
  }

  /** What a bound must reach for a block to be scored, when sums below a minimum do not matter. */
  long leastBound(long minimum) {
    return overestimate == 1 ? minimum : (long) Math.ceil((double) minimum * overestimate);
  }
}
