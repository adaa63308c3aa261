/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

import java.util.Arrays;

/** The twin without SIMD instructions. */
public final class ScalarSignKernel implements SignKernel {

  @Override
  public void multiply(
      byte[] codes,
      int from,
      int stride,
      int length,
      float[] factors,
      int tokens,
      float[] sums,
      int queries,
      float[] products) {
    Arrays.fill(products, 0, tokens * queries, 0);
    for (int first = 0, block; first < queries; first += block) {
      block = SignKernel.block(first, queries);
      int row = first * length * (Byte.SIZE / GROUP) * VALUES;
      for (int token = 0; token < tokens; token++) {
        int to = token * queries + first;
        add(codes, from + token * stride, length, sums, row, block, products, to);
        for (int q = to; q < to + block; q++) {
          products[q] *= factors[token];
        }
      }
    }
  }

  private static void add(
      byte[] codes,
      int code,
      int length,
      float[] sums,
      int first,
      int block,
      float[] products,
      int to) {
    int row = first;
    for (int i = code; i < code + length; i++) {
      for (int shift = 0; shift < Byte.SIZE; shift += GROUP, row += VALUES * block) {
        int at = row + ((codes[i] >>> shift) & (VALUES - 1)) * block;
        for (int q = 0; q < block; q++) {
          products[to + q] += sums[at + q];
        }
      }
    }
  }
}
