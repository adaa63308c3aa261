/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

import java.util.SplittableRandom;

/**
 * Fisher's paired randomization test, two-sided: how often a mean difference at least as large as
 * the one that was seen comes up when the two systems' values are exchanged at random within each
 * query (Smucker, Allan and Carterette, CIKM 2007).
 */
public final class RandomizationTest {

  private static final int ROUNDS = 20_000;
  private static final long SEED = 17;

  private RandomizationTest() {}

  /**
   * The share of exchanges that differ as much, the one that was seen included.
   *
   * @param one a system's value of each query
   * @param other the other system's values of the same queries
   */
  public static double pValue(double[] one, double[] other) {
    if (one.length != other.length) {
      throw new IllegalArgumentException(
          "both systems need the same queries, got ["
              + one.length
              + "] and ["
              + other.length
              + "]");
    }
    double[] differences = new double[one.length];
    double seen = 0;
    for (int i = 0; i < one.length; i++) {
      differences[i] = one[i] - other[i];
      seen += differences[i];
    }
    SplittableRandom random = new SplittableRandom(SEED);
    int asLarge = 1;
    for (int round = 0; round < ROUNDS; round++) {
      // The slack takes sums that are equal but for rounding as equal.
      asLarge += Math.abs(exchanged(differences, random)) >= Math.abs(seen) - 1e-9 ? 1 : 0;
    }
    return asLarge / (ROUNDS + 1.0);
  }

  private static double exchanged(double[] differences, SplittableRandom random) {
    double sum = 0;
    for (double difference : differences) {
      sum += random.nextBoolean() ? difference : -difference;
    }
    return sum;
  }
}
