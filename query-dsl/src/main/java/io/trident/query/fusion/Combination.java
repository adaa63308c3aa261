/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.Locale;

/**
 * Makes one score of a document's scores in the legs. A leg that did not find the document has rank
 * 0 and no score. Thread-safe.
 */
public enum Combination {

  /** The weighted mean over all legs, 0 for those that did not find the document. */
  ARITHMETIC_MEAN {
    @Override
    double combine(double[] scores, int[] ranks, double[] weights, int rankConstant) {
      double sum = 0;
      double total = 0;
      for (int i = 0; i < scores.length; i++) {
        total += weights[i];
        sum += ranks[i] > 0 ? weights[i] * scores[i] : 0;
      }
      return sum / total;
    }

    @Override
    double part(double score, int rank, double weight, int rankConstant) {
      return weight * score;
    }
  },

  /** The weighted geometric mean over the legs that found the document with a positive score. */
  GEOMETRIC_MEAN {
    @Override
    double combine(double[] scores, int[] ranks, double[] weights, int rankConstant) {
      double sum = 0;
      double total = 0;
      for (int i = 0; i < scores.length; i++) {
        if (ranks[i] > 0 && scores[i] > 0) {
          total += weights[i];
          sum += weights[i] * Math.log(scores[i]);
        }
      }
      return total == 0 ? 0 : Math.exp(sum / total);
    }

    @Override
    double part(double score, int rank, double weight, int rankConstant) {
      return score > 0 ? weight : 0;
    }
  },

  /** The weighted harmonic mean over the legs that found the document with a positive score. */
  HARMONIC_MEAN {
    @Override
    double combine(double[] scores, int[] ranks, double[] weights, int rankConstant) {
      double sum = 0;
      double total = 0;
      for (int i = 0; i < scores.length; i++) {
        if (ranks[i] > 0 && scores[i] > 0) {
          total += weights[i];
          sum += weights[i] / scores[i];
        }
      }
      return total == 0 ? 0 : total / sum;
    }

    @Override
    double part(double score, int rank, double weight, int rankConstant) {
      return score > 0 ? weight / score : 0;
    }
  },

  /**
   * {@code sum of weight / (rank constant + rank)} over the legs that found the document
   * (reciprocal rank fusion: Cormack, Clarke and Buettcher, SIGIR 2009). Takes no normalisation.
   */
  RRF {
    @Override
    double combine(double[] scores, int[] ranks, double[] weights, int rankConstant) {
      double sum = 0;
      for (int i = 0; i < scores.length; i++) {
        sum += ranks[i] > 0 ? weights[i] / ((double) rankConstant + ranks[i]) : 0;
      }
      return sum;
    }

    @Override
    double part(double score, int rank, double weight, int rankConstant) {
      return weight / ((double) rankConstant + rank);
    }
  };

  /**
   * Combines the scores of one document.
   *
   * @param scores the normalised score in each leg
   * @param ranks the rank in each leg, from 1; 0 where the leg did not find the document
   * @param weights the weight of each leg, positive
   * @param rankConstant the constant of reciprocal rank fusion
   */
  abstract double combine(double[] scores, int[] ranks, double[] weights, int rankConstant);

  /**
   * What a leg that found the document adds to its score, up to a factor that all legs share: the
   * score of the leg times the derivative of the combination. All combinations are homogeneous, so
   * these products sum to the combined score (Euler's theorem).
   */
  abstract double part(double score, int rank, double weight, int rankConstant);

  /**
   * The share of each leg in the score of one document, summing to 1, or all 0 when the score is;
   * negative for a leg that lowers it, and then it is absolute values that sum to 1. See {@link
   * #combine}.
   */
  public double[] shares(double[] scores, int[] ranks, double[] weights, int rankConstant) {
    double[] shares = new double[scores.length];
    double sum = 0;
    for (int i = 0; i < scores.length; i++) {
      shares[i] = ranks[i] > 0 ? part(scores[i], ranks[i], weights[i], rankConstant) : 0;
      sum += Math.abs(shares[i]);
    }
    for (int i = 0; i < scores.length && sum > 0; i++) {
      shares[i] /= sum;
    }
    return shares;
  }

  /** The name in JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
