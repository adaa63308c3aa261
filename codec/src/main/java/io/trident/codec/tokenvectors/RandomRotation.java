/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

/**
 * A fixed rotation of vectors that spreads any vector's length evenly over its dimensions: rounds
 * of sign flips and Walsh-Hadamard transforms, on the first and on the last {@code w} dimensions in
 * turn, where {@code w} is the largest power of two that fits. It is orthogonal for every
 * dimension, costs {@code d log d}, and depends on the dimension alone. Part of the index format:
 * its signs never change. Immutable and thread-safe.
 */
final class RandomRotation {

  private static final int ROUNDS = 6;
  private static final long SEED = 0x5472_6964_656e_7431L;

  private final int dimension;
  private final int window;
  private final float scale;
  private final boolean[][] flips = new boolean[ROUNDS][];

  RandomRotation(int dimension) {
    this.dimension = dimension;
    this.window = Integer.highestOneBit(dimension);
    this.scale = (float) (1 / Math.sqrt(window));
    for (int round = 0; round < ROUNDS; round++) {
      flips[round] = new boolean[dimension];
      for (int i = 0; i < dimension; i++) {
        flips[round][i] = mix(SEED + ((long) dimension << 32) + (long) round * dimension + i) < 0;
      }
    }
  }

  /** Rotates {@code dimension} floats in place. */
  void rotate(float[] vector) {
    for (int round = 0; round < ROUNDS; round++) {
      boolean[] flip = flips[round];
      for (int i = 0; i < dimension; i++) {
        vector[i] = flip[i] ? -vector[i] : vector[i];
      }
      transform(vector, (round & 1) == 0 ? 0 : dimension - window);
    }
  }

  /** Undoes {@link #rotate(float[])}, but for rounding. */
  void unrotate(float[] vector) {
    for (int round = ROUNDS - 1; round >= 0; round--) {
      transform(vector, (round & 1) == 0 ? 0 : dimension - window); // its own inverse
      boolean[] flip = flips[round];
      for (int i = 0; i < dimension; i++) {
        vector[i] = flip[i] ? -vector[i] : vector[i];
      }
    }
  }

  private void transform(float[] vector, int from) {
    for (int half = 1; half < window; half <<= 1) {
      for (int i = from; i < from + window; i += half << 1) {
        for (int j = i; j < i + half; j++) {
          float a = vector[j];
          float b = vector[j + half];
          vector[j] = a + b;
          vector[j + half] = a - b;
        }
      }
    }
    for (int i = from; i < from + window; i++) {
      vector[i] *= scale;
    }
  }

  /** Rotates many vectors in place, one row per dimension, to the last bit as one by one. */
  void rotate(float[][] rows) {
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < dimension; i++) {
        if (flips[round][i]) {
          multiply(rows[i], -1);
        }
      }
      int from = (round & 1) == 0 ? 0 : dimension - window;
      for (int half = 1; half < window; half <<= 1) {
        for (int i = from; i < from + window; i += half << 1) {
          for (int j = i; j < i + half; j++) {
            addAndSubtract(rows[j], rows[j + half]);
          }
        }
      }
      for (int i = from; i < from + window; i++) {
        multiply(rows[i], scale);
      }
    }
  }

  private static void multiply(float[] row, float by) {
    for (int i = 0; i < row.length; i++) {
      row[i] *= by;
    }
  }

  private static void addAndSubtract(float[] one, float[] other) {
    for (int i = 0; i < one.length; i++) {
      float a = one[i];
      float b = other[i];
      one[i] = a + b;
      other[i] = a - b;
    }
  }

  /** The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
  private static long mix(long value) {
    long z = value * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
