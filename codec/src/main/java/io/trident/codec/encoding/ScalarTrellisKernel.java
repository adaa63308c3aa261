/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

import java.util.Arrays;

/** The twin without SIMD instructions. */
public final class ScalarTrellisKernel implements TrellisKernel {

  private static final float[] LEVELS = CodeLevels.trellis();

  @Override
  public void walk(float[] values, short[] branches, float[] costs) {
    float[] from = new float[STATES];
    float[] to = costs;
    Arrays.fill(to, Float.POSITIVE_INFINITY);
    to[0] = 0;
    float[] closest = new float[PAIRS];
    for (int d = 0; d < values.length; d++) {
      System.arraycopy(to, 0, from, 0, STATES);
      branches[d] = (short) (pairs(values[d], closest) << STATES | step(from, closest, to));
    }
  }

  /** Which pairs' upper levels are the closer ones. */
  private static int pairs(float value, float[] closest) {
    int upper = 0;
    for (int pair = 0; pair < PAIRS; pair++) {
      float low = value - LEVELS[pair];
      float high = value - LEVELS[pair + PAIRS];
      closest[pair] = low * low;
      if (high * high < closest[pair]) {
        closest[pair] = high * high;
        upper |= 1 << pair;
      }
    }
    return upper;
  }

  /** Which states are come to from a lower bit that is set. */
  private static int step(float[] from, float[] closest, float[] to) {
    int left = 0;
    for (int state = 0; state < STATES; state++) {
      int before = state >>> 1;
      to[state] = from[before] + closest[TrellisKernel.pair(state, 0)];
      float other = from[before + STATES / 2] + closest[TrellisKernel.pair(state, 1)];
      if (other < to[state]) {
        to[state] = other;
        left |= 1 << state;
      }
    }
    return left;
  }
}
