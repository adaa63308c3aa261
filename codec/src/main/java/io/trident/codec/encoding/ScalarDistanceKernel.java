/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

/** The twin without SIMD instructions. */
public final class ScalarDistanceKernel implements DistanceKernel {

  @Override
  public float squareDistance(float[] one, float[] other) {
    float[] sums = new float[SUMS];
    int bound = one.length / SUMS * SUMS;
    for (int from = 0; from < bound; from += SUMS) {
      for (int i = 0; i < SUMS; i++) {
        float difference = one[from + i] - other[from + i];
        sums[i] += difference * difference;
      }
    }
    return DistanceKernel.rest(DistanceKernel.sum(sums), one, other, bound);
  }
}
