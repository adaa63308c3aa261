/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import io.trident.codec.encoding.DistanceKernel;

/**
 * The last tokens of a document as their codes stand for them, rotated, from which the code of the
 * next one may go on: tokens of one text are alike, so that what is left without a share of the
 * nearest one before is shorter than the vector, and so is the error of its code (differential
 * coding). Part of the index format. Not thread-safe.
 */
final class PreviousTokens {

  /** The bits of a distance. */
  static final int DISTANCE_BITS = 5;

  /** How many tokens back there is one to go on from. */
  static final int MOST = (1 << DISTANCE_BITS) - 1;

  /** The share of the earlier vector that is taken. */
  static final float SHARE = 0.75f;

  private static final DistanceKernel DISTANCE = DistanceKernel.best();

  private final float[] nothing;
  private final float[][] shares = new float[MOST + 1][];
  private int count;

  PreviousTokens(int dimension) {
    nothing = new float[dimension];
  }

  /** The place of a token in a ring that has room for all that are gone on from. */
  static int slot(int token) {
    return token & MOST;
  }

  /** Begins another document. */
  void clear() {
    count = 0;
  }

  /**
   * From which token to go on.
   *
   * @param vector the next token's, rotated
   * @return its distance, 1 for the token before; 0 when none makes the vector shorter
   */
  int nearest(float[] vector) {
    int nearest = 0;
    float least = DISTANCE.squareDistance(nothing, vector);
    for (int distance = 1; distance <= Math.min(MOST, count); distance++) {
      float left = DISTANCE.squareDistance(share(distance), vector);
      if (left < least) {
        least = left;
        nearest = distance;
      }
    }
    return nearest;
  }

  /** What the next token goes on from: zeros for the distance 0 and before the first token. */
  float[] share(int distance) {
    return distance == 0 || distance > count ? nothing : shares[slot(count - distance)];
  }

  /** Takes the next token as its code stands for it. */
  void add(float[] decoded) {
    int slot = slot(count++);
    if (shares[slot] == null) {
      shares[slot] = new float[nothing.length];
    }
    for (int i = 0; i < nothing.length; i++) {
      shares[slot][i] = SHARE * decoded[i];
    }
  }
}
