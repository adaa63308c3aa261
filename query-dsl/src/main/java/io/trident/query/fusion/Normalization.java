/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/**
 * Brings the scores of one leg to a scale that other legs share. Each takes the scores of the leg's
 * window, and returns as many. But for {@link #NONE}, results are positive, because to be found by
 * a leg is worth more than not to be, and of two different scores the better one stays the better
 * one: what is scaled to less than twice {@value #FLOOR} is brought between half of that and twice
 * that, in its order.
 *
 * <p>The methods and their effect are those of Bruch, Gai and Ingber, An Analysis of Fusion
 * Functions for Hybrid Retrieval, TOIS 2023. Thread-safe.
 */
public enum Normalization {

  /** {@code (s - min) / (max - min)}; 1 for all when all are equal, or there is but one. */
  MIN_MAX {
    @Override
    DoubleUnaryOperator scale(double[] window) {
      double max = Arrays.stream(window).max().orElse(0);
      double min = Arrays.stream(window).min().orElse(0);
      return max == min ? THEORETICAL.scale(window) : s -> (s - min) / (max - min);
    }
  },

  /** {@code s / sqrt(sum of s^2)}; 0 for all when all are 0. */
  L2 {
    @Override
    DoubleUnaryOperator scale(double[] window) {
      double norm = Math.sqrt(Arrays.stream(window).map(s -> s * s).sum());
      return s -> norm == 0 ? 0 : s / norm;
    }
  },

  /** {@code (s - mean) / deviation}; 1 for all when all are equal, or there is but one. */
  Z_SCORE {
    @Override
    DoubleUnaryOperator scale(double[] window) {
      if (Arrays.stream(window).allMatch(s -> s == window[0])) {
        return THEORETICAL.scale(window); // whose mean may be rounded, and be none of them
      }
      double mean = Arrays.stream(window).average().orElse(0);
      double variance = Arrays.stream(window).map(s -> (s - mean) * (s - mean)).average().orElse(0);
      double deviation = Math.sqrt(variance);
      return s -> (s - mean) / deviation;
    }
  },

  /**
   * {@code s / max}: min-max with the least score that a leg can give, 0, for the least that it
   * gave (theoretical min-max of Bruch et al.); 1 for all when none is positive.
   */
  THEORETICAL {
    @Override
    DoubleUnaryOperator scale(double[] window) {
      double max = Arrays.stream(window).max().orElse(0);
      return s -> max <= 0 ? 1 : s / max;
    }
  },

  /** The scores as they are. */
  NONE {
    @Override
    DoubleUnaryOperator scale(double[] window) {
      return s -> s;
    }
  };

  /** What a score becomes that is scaled to 0. Only scores below 0, of z_score, become less. */
  public static final double FLOOR = 0.001;

  /**
   * How scores are scaled, of documents of the window or others.
   *
   * @param window the scores of the leg's window, finite, one or more
   */
  abstract DoubleUnaryOperator scale(double[] window);

  /** Normalises the scores of a leg's window, which are finite. */
  public double[] normalize(double[] window) {
    double[] scaled = map(window, scale(window));
    return this == NONE ? scaled : map(scaled, Normalization::raise);
  }

  /** Ascends from {@code FLOOR / 2}; through {@code FLOOR} at 0; the score itself from twice it. */
  private static double raise(double scaled) {
    if (scaled >= 2 * FLOOR) {
      return scaled;
    }
    return scaled >= 0 ? FLOOR + scaled / 2 : FLOOR / 2 * (1 + 1 / (1 - scaled));
  }

  private static double[] map(double[] scores, DoubleUnaryOperator function) {
    return Arrays.stream(scores).map(function).toArray();
  }

  /** The name in JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
