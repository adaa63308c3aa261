/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A learned sparse vector: a weight for each of its tokens, and 0 for all others. Immutable, and
 * valid whoever makes it: there is no way to one but {@link #of}.
 */
public final class SparseVector {

  private final List<String> tokens;
  private final float[] weights;

  private SparseVector(List<String> tokens, float[] weights) {
    this.tokens = tokens;
    this.weights = weights;
  }

  /**
   * Makes a vector of the weights of its tokens, in time {@code n log n} of their number, or {@code
   * n} when the map iterates in ascending order.
   *
   * @param weights a positive, finite weight by token; a token has at least one character. Copied;
   *     none at all is the vector of a text without tokens
   * @throws IllegalArgumentException when a token is empty, or its weight is 0, negative, infinite
   *     or NaN
   * @throws NullPointerException when a token or a weight is null
   */
  public static SparseVector of(Map<String, Float> weights) {
    String[] tokens = weights.keySet().toArray(String[]::new);
    Arrays.sort(tokens);
    float[] sorted = new float[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      sorted[i] = checked(tokens[i], weights.get(tokens[i]));
    }
    return new SparseVector(List.of(tokens), sorted);
  }

  private static float checked(String token, float weight) {
    if (token.isEmpty()) {
      throw new IllegalArgumentException(
          "a token of a sparse vector must have at least one character, got one without, of weight ["
              + weight
              + "]");
    }
    if (weight > 0 == false || weight == Float.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "the weight of token ["
              + Excerpt.of(token)
              + "] must be positive and finite, got ["
              + weight
              + "]");
    }
    return weight;
  }

  /** How many tokens there are, at least 0. */
  public int size() {
    return weights.length;
  }

  /** The distinct tokens, none of them empty, in ascending order of their UTF-16 units. */
  public List<String> tokens() {
    return tokens;
  }

  /**
   * The weight of a token: positive and finite.
   *
   * @param index the token's place in {@link #tokens()}, from 0 to {@link #size()} - 1
   */
  public float weight(int index) {
    return weights[index];
  }

  /** A copy of the weights, parallel to {@link #tokens()}. */
  public float[] weights() {
    return weights.clone();
  }
}
