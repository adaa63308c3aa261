/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import io.trident.codec.encoding.CodeLevels;
import io.trident.codec.encoding.TrellisKernel;

/**
 * Finds the path through the trellis of two bits per dimension ({@link CodeLevels}) that comes
 * closest to a vector: forward by {@link TrellisKernel}, then back from the cheapest state. Part of
 * the index format. Not thread-safe.
 */
final class Trellis implements Quantizer {

  private static final TrellisKernel KERNEL = TrellisKernel.best();

  private static final float[] LEVELS = CodeLevels.trellis();

  /** The levels' size for values whose mean square is 1: found best for normal ones. */
  private static final double SIZE = 0.83;

  private final float[] values;
  private final short[] branches;
  private final float[] costs = new float[TrellisKernel.STATES];

  Trellis(int dimension) {
    values = new float[dimension];
    branches = new short[dimension];
  }

  @Override
  public void encode(float[] vector, byte[] out, int offset, float[] levels) {
    float unit = unit(vector);
    for (int d = 0; d < vector.length; d++) {
      values[d] = vector[d] * unit;
    }
    KERNEL.walk(values, branches, costs);
    int state = cheapest();
    for (int d = vector.length - 1; d >= 0; d--) {
      int left = (branches[d] >>> state) & 1;
      int pair = TrellisKernel.pair(state, left);
      int upper = (branches[d] >>> (TrellisKernel.STATES + pair)) & 1;
      levels[d] = LEVELS[upper * TrellisKernel.PAIRS + pair];
      int bits = (state & 1) | upper << 1;
      out[offset + d / 4] |= (byte) (bits << (d % 4 * 2));
      state = (state >>> 1) | left << 2;
    }
  }

  private int cheapest() {
    int cheapest = 0;
    for (int state = 1; state < TrellisKernel.STATES; state++) {
      cheapest = costs[state] < costs[cheapest] ? state : cheapest;
    }
    return cheapest;
  }

  /** What turns a vector's values into levels; 0 when they are too small to tell apart. */
  private static float unit(float[] vector) {
    double unit = Math.sqrt(vector.length) / (SIZE * VectorCoder.norm(vector, 0, vector.length));
    return unit > Float.MAX_VALUE ? 0 : (float) unit;
  }
}
