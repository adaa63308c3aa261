/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

/**
 * The token vectors of one text, for late interaction. The arrays are large and not copied: whoever
 * makes or gets token vectors must not change them afterwards, as others may share them.
 *
 * @param dimension dimensions of each vector, at least 1
 * @param values the vectors one after the other: {@code count() * dimension} finite floats
 * @param tokenIds the vocabulary id of each vector's token, at least 0
 * @param starts where each token starts in the text, in UTF-16 units, at least 0
 * @param ends where each token ends in the text (exclusive), in UTF-16 units; where it starts when
 *     the token is none of the text
 */
public record TokenVectors(
    int dimension, float[] values, int[] tokenIds, int[] starts, int[] ends) {

  /**
   * Takes the arrays over, in time linear in the number of floats.
   *
   * @throws IllegalArgumentException when the arrays do not fit each other, or one has a number out
   *     of its range
   */
  public TokenVectors {
    if (dimension < 1) {
      throw new IllegalArgumentException("dimension must be at least 1, got " + dimension);
    }
    if (values.length != (long) tokenIds.length * dimension
        || starts.length != tokenIds.length
        || ends.length != tokenIds.length) {
      throw new IllegalArgumentException(
          "token vectors of dimension ["
              + dimension
              + "] must be parallel, got ["
              + values.length
              + "] values, ["
              + tokenIds.length
              + "] ids, ["
              + starts.length
              + "] starts and ["
              + ends.length
              + "] ends");
    }
    for (float value : values) {
      if (Float.isFinite(value) == false) {
        throw new IllegalArgumentException("token vectors must be finite, got [" + value + "]");
      }
    }
    for (int i = 0; i < tokenIds.length; i++) {
      if (tokenIds[i] < 0 || starts[i] < 0 || ends[i] < starts[i]) {
        throw new IllegalArgumentException(
            "a token must have an id and a start of at least 0 and an end not before its start, got"
                + " ["
                + tokenIds[i]
                + "], ["
                + starts[i]
                + "] and ["
                + ends[i]
                + "]");
      }
    }
  }

  /** How many vectors there are. */
  public int count() {
    return tokenIds.length;
  }
}
