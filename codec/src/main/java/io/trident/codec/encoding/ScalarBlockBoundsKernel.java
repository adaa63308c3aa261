/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

import java.util.Arrays;

/** The scalar twin. */
public final class ScalarBlockBoundsKernel implements BlockBoundsKernel {

  @Override
  public void sum(byte[][] maxima, int[] weights, int[] bounds) {
    Arrays.fill(bounds, 0);
    for (int t = 0; t < weights.length; t++) {
      byte[] term = maxima[t];
      int weight = weights[t];
      for (int b = 0; b < bounds.length; b++) {
        bounds[b] += weight * (term[b] & 0xff);
      }
    }
  }
}
