/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import java.util.Arrays;

/**
 * Turns word weights into a learned sparse vector: adds the words related to those of the text, and
 * saturates. Not thread-safe.
 */
final class Expansion {

  private static final float RELATED = 0.35f;
  private static final float SCALE = 1.3f;
  private static final float LEAST = 0.03f;
  private static final float MOST = 3.5f;

  private final Relatedness relatedness;
  private final float[] own;
  private final float[] added;
  private final float[] sorted;

  Expansion(Relatedness relatedness, int size) {
    this.relatedness = relatedness;
    own = new float[size];
    added = new float[size];
    sorted = new float[size];
  }

  /** Adds weight to a word of the text. */
  void add(int token, float weight) {
    own[token] += weight;
  }

  /** The vector of what was added, with at most so many words of expansion; starts anew. */
  SparseVector expand(int most) {
    for (int token = 0; token < own.length; token++) {
      if (own[token] > 0) {
        int[] related = relatedness.tokens(token);
        float[] strengths = relatedness.strengths(token);
        for (int i = 0; i < related.length; i++) {
          added[related[i]] += own[token] * strengths[i] * RELATED;
        }
      }
    }
    float least = least(most);
    int[] tokens = new int[own.length];
    float[] weights = new float[own.length];
    int count = 0;
    for (int token = 0; token < own.length; token++) {
      float sum = own[token] + (added[token] >= least ? added[token] : 0);
      float weight = SCALE * (float) Math.log1p(sum);
      if (weight > LEAST) {
        tokens[count] = token;
        weights[count++] = Math.min(MOST, weight);
      }
    }
    Arrays.fill(own, 0);
    Arrays.fill(added, 0);
    return new SparseVector(Arrays.copyOf(tokens, count), Arrays.copyOf(weights, count));
  }

  /** The weight of the last of the heaviest expansions. */
  private float least(int most) {
    int count = 0;
    for (float weight : added) {
      if (weight > 0) {
        sorted[count++] = weight;
      }
    }
    Arrays.sort(sorted, 0, count);
    return count <= most ? Float.MIN_VALUE : sorted[count - most];
  }
}
