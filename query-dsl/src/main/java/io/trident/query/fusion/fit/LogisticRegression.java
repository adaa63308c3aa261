/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

/**
 * A logistic regression by Newton's method. Features are brought to one scale, and their factors
 * are held small by a ridge, so that a feature that tells all apart gets a finite one. A pure
 * function of its examples.
 */
final class LogisticRegression {

  private static final int MAX_STEPS = 100;
  private static final double MIN_STEP = 1e-10;

  /** How much the square of a factor costs, where an example costs its logarithmic loss. */
  private static final double RIDGE = 1;

  private final double[][] examples;
  private final boolean[] labels;
  private final double[] means;
  private final double[] deviations;

  private LogisticRegression(double[][] features, boolean[] labels) {
    this.labels = labels;
    int width = features[0].length;
    means = new double[width];
    deviations = new double[width];
    for (int f = 0; f < width; f++) {
      for (double[] example : features) {
        means[f] += example[f] / features.length;
      }
      for (double[] example : features) {
        deviations[f] += Math.pow(example[f] - means[f], 2) / features.length;
      }
      deviations[f] = Math.sqrt(deviations[f]);
    }
    examples = new double[features.length][width + 1];
    for (int i = 0; i < features.length; i++) {
      examples[i][0] = 1;
      for (int f = 0; f < width; f++) {
        examples[i][f + 1] = deviations[f] == 0 ? 0 : (features[i][f] - means[f]) / deviations[f];
      }
    }
  }

  /**
   * Fits.
   *
   * @param features of each example, at least one
   * @param labels whether each is relevant
   * @return the intercept, and then the factor of each feature
   */
  static double[] fit(double[][] features, boolean[] labels) {
    LogisticRegression regression = new LogisticRegression(features, labels);
    return regression.unscaled(regression.solution());
  }

  /** The probability of features. */
  static double probability(double[] factors, double[] features) {
    double sum = factors[0];
    for (int f = 0; f < features.length; f++) {
      sum += factors[f + 1] * features[f];
    }
    return 1 / (1 + Math.exp(-sum));
  }

  private double[] solution() {
    double[] factors = new double[means.length + 1];
    double loss = loss(factors);
    for (int i = 0; i < MAX_STEPS; i++) {
      double[] step = step(factors);
      double share = 1;
      double[] next = moved(factors, step, share);
      while (loss(next) > loss && share > MIN_STEP) {
        share /= 2;
        next = moved(factors, step, share);
      }
      double gain = loss - loss(next);
      if (gain <= MIN_STEP) {
        break;
      }
      factors = next;
      loss -= gain;
    }
    return factors;
  }

  private static double[] moved(double[] factors, double[] step, double share) {
    double[] moved = factors.clone();
    for (int f = 0; f < moved.length; f++) {
      moved[f] -= share * step[f];
    }
    return moved;
  }

  private double loss(double[] factors) {
    double loss = 0;
    for (int f = 1; f < factors.length; f++) {
      loss += RIDGE / 2 * factors[f] * factors[f];
    }
    for (int i = 0; i < examples.length; i++) {
      double sum = sum(factors, examples[i]);
      double wrong = labels[i] ? -sum : sum;
      loss += Math.max(0, wrong) + Math.log1p(Math.exp(-Math.abs(wrong)));
    }
    return loss;
  }

  private static double sum(double[] factors, double[] example) {
    double sum = 0;
    for (int f = 0; f < factors.length; f++) {
      sum += factors[f] * example[f];
    }
    return sum;
  }

  /** Newton's step: the gradient over the curvature. */
  private double[] step(double[] factors) {
    int width = factors.length;
    double[][] equations = new double[width][width + 1];
    for (int f = 1; f < width; f++) {
      equations[f][f] = RIDGE;
      equations[f][width] = RIDGE * factors[f];
    }
    for (int i = 0; i < examples.length; i++) {
      double[] example = examples[i];
      double p = 1 / (1 + Math.exp(-sum(factors, example)));
      for (int row = 0; row < width; row++) {
        equations[row][width] += (p - (labels[i] ? 1 : 0)) * example[row];
        for (int column = 0; column < width; column++) {
          equations[row][column] += p * (1 - p) * example[row] * example[column];
        }
      }
    }
    equations[0][0] += 1e-12; // all examples may be certain
    return solved(equations);
  }

  /** Solves a positive definite system, whose last column is the right side, by elimination. */
  private static double[] solved(double[][] equations) {
    int width = equations.length;
    for (int pivot = 0; pivot < width; pivot++) {
      for (int row = pivot + 1; row < width; row++) {
        double factor = equations[row][pivot] / equations[pivot][pivot];
        for (int column = pivot; column <= width; column++) {
          equations[row][column] -= factor * equations[pivot][column];
        }
      }
    }
    double[] solution = new double[width];
    for (int row = width - 1; row >= 0; row--) {
      double rest = equations[row][width];
      for (int column = row + 1; column < width; column++) {
        rest -= equations[row][column] * solution[column];
      }
      solution[row] = rest / equations[row][row];
    }
    return solution;
  }

  private double[] unscaled(double[] factors) {
    double[] unscaled = factors.clone();
    for (int f = 0; f < means.length; f++) {
      unscaled[f + 1] = deviations[f] == 0 ? 0 : factors[f + 1] / deviations[f];
      unscaled[0] -= unscaled[f + 1] * means[f];
    }
    return unscaled;
  }
}
