/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

/** Arithmetic on vectors that lie one after the other. */
final class Vectors {

  private Vectors() {}

  /** Scales a vector to length 1; one of length 0 stays. */
  static void normalize(float[] values, int start, int length) {
    double sum = 0;
    for (int i = start; i < start + length; i++) {
      sum += (double) values[i] * values[i];
    }
    double scale = sum == 0 ? 0 : 1 / Math.sqrt(sum); // beyond a float for subnormal lengths
    for (int i = start; i < start + length; i++) {
      values[i] = (float) (values[i] * scale);
    }
  }
}
