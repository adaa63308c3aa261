/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding.panama;

import io.trident.codec.encoding.CodeLevels;
import io.trident.codec.encoding.TrellisKernel;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The SIMD twin: the eight states in one register of 256 bits. */
public final class PanamaTrellisKernel implements TrellisKernel {

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final FloatVector LEVELS = FloatVector.fromArray(FLOATS, CodeLevels.trellis(), 0);

  /** The lower and the upper levels in turn. */
  private static final VectorShuffle<Float> OTHER_HALF =
      VectorShuffle.fromOp(FLOATS, i -> i ^ PAIRS);

  private static final VectorShuffle<Float> BEFORE = VectorShuffle.fromOp(FLOATS, i -> i >>> 1);
  private static final VectorShuffle<Float> BEFORE_SET =
      VectorShuffle.fromOp(FLOATS, i -> (i >>> 1) + STATES / 2);
  private static final VectorShuffle<Float> PAIR =
      VectorShuffle.fromOp(FLOATS, i -> TrellisKernel.pair(i, 0));
  private static final VectorShuffle<Float> PAIR_SET =
      VectorShuffle.fromOp(FLOATS, i -> TrellisKernel.pair(i, 1));

  private static final int ALL_PAIRS = (1 << PAIRS) - 1;

  /**
   * Makes the kernel.
   *
   * @throws UnsupportedOperationException when the machine's vectors have fewer than 256 bits
   */
  public PanamaTrellisKernel() {
    if (FloatVector.SPECIES_PREFERRED.length() < STATES) {
      throw new UnsupportedOperationException("vectors are too short");
    }
  }

  @Override
  public void walk(float[] values, short[] branches, float[] costs) {
    FloatVector all = FloatVector.broadcast(FLOATS, Float.POSITIVE_INFINITY).withLane(0, 0);
    for (int d = 0; d < values.length; d++) {
      FloatVector error = FloatVector.broadcast(FLOATS, values[d]).sub(LEVELS);
      FloatVector square = error.mul(error);
      FloatVector other = square.rearrange(OTHER_HALF);
      VectorMask<Float> upper = other.compare(VectorOperators.LT, square);
      FloatVector closest = square.blend(other, upper);
      FloatVector clear = all.rearrange(BEFORE).add(closest.rearrange(PAIR));
      FloatVector set = all.rearrange(BEFORE_SET).add(closest.rearrange(PAIR_SET));
      VectorMask<Float> left = set.compare(VectorOperators.LT, clear);
      all = clear.blend(set, left);
      branches[d] = (short) ((upper.toLong() & ALL_PAIRS) << STATES | left.toLong());
    }
    all.intoArray(costs, 0);
  }
}
