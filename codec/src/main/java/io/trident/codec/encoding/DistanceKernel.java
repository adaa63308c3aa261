/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

/**
 * Squared Euclidean distances, the same to the last bit on every machine, so that codes that are
 * chosen by them are, too. Stateless and thread-safe.
 *
 * <p>Sixteen sums take every sixteenth dimension each, rounded after each operation, and are added
 * up by {@link #sum}; what is left of the dimensions follows one by one.
 */
public interface DistanceKernel {

  /** The number of sums. */
  int SUMS = 16;

  /** The twin for this machine. */
  static DistanceKernel best() {
    return VectorKernels.choose(
        DistanceKernel.class, "PanamaDistanceKernel", new ScalarDistanceKernel());
  }

  /** The squared distance of two vectors of the same length. */
  float squareDistance(float[] one, float[] other);

  /** Adds up the sums. */
  static float sum(float[] sums) {
    for (int half = SUMS / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        sums[i] += sums[i + half];
      }
    }
    return sums[0];
  }

  /** Adds what is left from a dimension on. */
  static float rest(float sum, float[] one, float[] other, int from) {
    float all = sum;
    for (int i = from; i < one.length; i++) {
      float difference = one[i] - other[i];
      all += difference * difference;
    }
    return all;
  }
}
