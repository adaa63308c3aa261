/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding.panama;

import io.trident.codec.encoding.DistanceKernel;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The SIMD twin: the sixteen sums in two registers of 256 bits. */
public final class PanamaDistanceKernel implements DistanceKernel {

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final int LANES = 8;

  /**
   * Makes the kernel.
   *
   * @throws UnsupportedOperationException when the machine's vectors have fewer than 256 bits
   */
  public PanamaDistanceKernel() {
    if (FloatVector.SPECIES_PREFERRED.length() < LANES) {
      throw new UnsupportedOperationException("vectors are too short");
    }
  }

  @Override
  public float squareDistance(float[] one, float[] other) {
    FloatVector low = FloatVector.zero(FLOATS);
    FloatVector high = low;
    int bound = one.length / SUMS * SUMS;
    for (int i = 0; i < bound; i += SUMS) {
      FloatVector difference =
          FloatVector.fromArray(FLOATS, one, i).sub(FloatVector.fromArray(FLOATS, other, i));
      low = low.add(difference.mul(difference));
      difference =
          FloatVector.fromArray(FLOATS, one, i + LANES)
              .sub(FloatVector.fromArray(FLOATS, other, i + LANES));
      high = high.add(difference.mul(difference));
    }
    float[] sums = new float[SUMS];
    low.intoArray(sums, 0);
    high.intoArray(sums, LANES);
    return DistanceKernel.rest(DistanceKernel.sum(sums), one, other, bound);
  }
}
