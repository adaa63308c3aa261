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

  /** The name in JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
