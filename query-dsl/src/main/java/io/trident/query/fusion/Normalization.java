package io.trident.query.fusion;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/**
 * Brings the scores of one leg to a scale that other legs share. Each takes the scores of the leg's
 * window, best first, and returns as many. But for {@link #NONE}, results are positive, because to
 * be found by a leg is worth more than not to be, and of two different scores the better one stays
 * the better one: what is scaled to less than twice {@value #FLOOR} is brought between half of that
 * and twice that, in its order.
 *
 * <p>The methods and their effect are those of Bruch, Gai and Ingber, An Analysis of Fusion
 * Functions for Hybrid Retrieval, TOIS 2023. Thread-safe.
 */
public enum Normalization {

  /** {@code (s - min) / (max - min)}; 1 for all when all are equal, or there is but one. */
  MIN_MAX {
    @Override
    double[] scale(double[] scores) {
      double max = Arrays.stream(scores).max().orElse(0);
      double min = Arrays.stream(scores).min().orElse(0);
      return map(scores, s -> max == min ? 1 : (s - min) / (max - min));
    }
  },

  /** {@code s / sqrt(sum of s^2)}; 0 for all when all are 0. */
  L2 {
    @Override
    double[] scale(double[] scores) {
      double norm = Math.sqrt(Arrays.stream(scores).map(s -> s * s).sum());
      return map(scores, s -> norm == 0 ? 0 : s / norm);
    }
  },

  /** {@code (s - mean) / deviation}; 1 for all when all are equal, or there is but one. */
  Z_SCORE {
    @Override
    double[] scale(double[] scores) {
      if (Arrays.stream(scores).allMatch(s -> s == scores[0])) {
        return map(scores, s -> 1); // whose mean may be rounded, and be none of them
      }
      double mean = Arrays.stream(scores).average().orElse(0);
      double variance = Arrays.stream(scores).map(s -> (s - mean) * (s - mean)).average().orElse(0);
      double deviation = Math.sqrt(variance);
      return map(scores, s -> (s - mean) / deviation);
    }
  },

  /**
   * {@code s / max}: min-max with the least score that a leg can give, 0, for the least that it
   * gave (theoretical min-max of Bruch et al.); 1 for all when none is positive.
   */
  THEORETICAL {
    @Override
    double[] scale(double[] scores) {
      double max = Arrays.stream(scores).max().orElse(0);
      return map(scores, s -> max <= 0 ? 1 : s / max);
    }
  },

  /** The scores as they are. */
  NONE {
    @Override
    double[] scale(double[] scores) {
      return scores.clone();
    }
  };

  /** What a score becomes that is scaled to 0. Only scores below 0, of z_score, become less. */
  public static final double FLOOR = 0.001;

  abstract double[] scale(double[] scores);

  /** Normalises the scores of one leg, which are finite. */
  public double[] normalize(double[] scores) {
    double[] scaled = scale(scores);
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
