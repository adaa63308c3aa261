/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import java.util.SplittableRandom;

/**
 * A vector for every token id, made of the id alone: a direction of its own and, as embeddings of
 * related words have, one that it shares with other tokens. Immutable.
 */
final class TokenBasis {

  private static final int CLUSTERS = 1_000;
  private static final float SHARED = 0.8f;

  private final int dimension;
  private final float[][] known;

  /**
   * A basis.
   *
   * @param tokens how many token ids there are at most that are remembered
   */
  TokenBasis(int dimension, int tokens) {
    this.dimension = dimension;
    this.known = new float[tokens][];
  }

  /** The vector of a token, of length 1. Not to be changed. */
  float[] vector(int token) {
    if (token >= known.length) {
      return make(token);
    }
    if (known[token] == null) {
      known[token] = make(token);
    }
    return known[token];
  }

  private float[] make(int token) {
    float[] vector = new float[dimension];
    SplittableRandom choice = new SplittableRandom(token);
    addGaussian(vector, new SplittableRandom(-1L - choice.nextInt(CLUSTERS)), SHARED);
    addGaussian(vector, choice, 1);
    return normalize(vector);
  }

  /** Adds independent normally distributed numbers. */
  static void addGaussian(float[] vector, SplittableRandom random, float scale) {
    for (int d = 0; d < vector.length; d++) {
      vector[d] += scale * (float) random.nextGaussian();
    }
  }

  /** Scales a vector to length 1, in place. */
  static float[] normalize(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += value * value;
    }
    float factor = squares == 0 ? 0 : (float) (1 / Math.sqrt(squares));
    for (int d = 0; d < vector.length; d++) {
      vector[d] *= factor;
    }
    return vector;
  }
}
