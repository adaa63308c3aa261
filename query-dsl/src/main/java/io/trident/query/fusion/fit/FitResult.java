/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

import io.trident.query.fusion.FusionSettings;
import java.util.Arrays;
import java.util.List;

/**
 * What came of a fit.
 *
 * @param present the settings that were there
 * @param fitted those that are best for all queries
 * @param folds those that were fitted without the queries of each fold
 * @param foldOf the fold of each query
 * @param presentValues the nDCG@10 of each query with the present settings
 * @param fittedValues that with the settings of its fold, which were not fitted to it
 * @param training the mean of the fitted settings on the queries that they were fitted to
 */
public record FitResult(
    FusionSettings present,
    FusionSettings fitted,
    List<FusionSettings> folds,
    List<Integer> foldOf,
    double[] presentValues,
    double[] fittedValues,
    double training) {

  /** A difference that chance makes more often than this is none. */
  public static final double SIGNIFICANCE = 0.05;

  /** The mean nDCG@10 with the present settings. */
  public double presentMean() {
    return mean(presentValues);
  }

  /** The mean nDCG@10 of fitted settings on queries that they were not fitted to. */
  public double fittedMean() {
    return mean(fittedValues);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(0);
  }

  /** How likely a difference as large is by chance, by a paired randomization test. */
  public double pValue() {
    return RandomizationTest.pValue(fittedValues, presentValues);
  }

  /** How many queries are ranked better by fitted settings, and how many worse. */
  public int better() {
    return count(1);
  }

  /** How many queries are ranked worse by fitted settings. */
  public int worse() {
    return count(-1);
  }

  private int count(int sign) {
    int count = 0;
    for (int query = 0; query < fittedValues.length; query++) {
      double difference = fittedValues[query] - presentValues[query];
      count += sign * difference > WeightSearch.MIN_GAIN ? 1 : 0;
    }
    return count;
  }

  /** Whether the fitted settings are better, and not by chance. */
  public boolean isRecommended() {
    return fittedMean() > presentMean() && pValue() < SIGNIFICANCE;
  }
}
