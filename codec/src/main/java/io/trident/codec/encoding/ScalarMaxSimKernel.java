/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

import org.apache.lucene.util.SuppressForbidden;

/** The twin without SIMD instructions. */
public final class ScalarMaxSimKernel implements MaxSimKernel {

  @Override
  public void unpack(byte[] codes, int from, int length, int bits, float[] levels, int to) {
    if (bits == 2) {
      unpackTrellis(codes, from, length, levels, to);
      return;
    }
    int mask = (1 << bits) - 1;
    float middle = mask / 2f;
    int at = to;
    for (int shift = 0; shift < Byte.SIZE; shift += bits, at += length) {
      for (int i = 0; i < length; i++) {
        levels[at + i] = ((codes[from + i] >>> shift) & mask) - middle;
      }
    }
  }

  private static void unpackTrellis(byte[] codes, int from, int length, float[] levels, int to) {
    int window = 0;
    for (int i = 0, at = to; i < length; i++, at++) {
      window = (window >>> Byte.SIZE) | ((codes[from + i] & 0xFF) << Byte.SIZE);
      levels[at] = CodeLevels.ofWindow((window >>> 2) & 0xFF);
      levels[at + length] = CodeLevels.ofWindow((window >>> 4) & 0xFF);
      levels[at + 2 * length] = CodeLevels.ofWindow((window >>> 6) & 0xFF);
      levels[at + 3 * length] = CodeLevels.ofWindow(window >>> 8);
    }
  }

  @Override
  public void multiply(
      float[] levels,
      float[] factors,
      int tokens,
      int width,
      float[] columns,
      int queries,
      float[] products) {
    for (int token = 0; token < tokens; token += TOKEN_BLOCK) {
      for (int query = 0; query < queries; query += 2) {
        int block = MaxSimKernel.block(query, queries);
        int lane = query - MaxSimKernel.blockStart(query);
        int column = (query - lane) * width + lane;
        int to = token * queries + query;
        tile(levels, token * width, width, columns, column, block, products, to, queries);
      }
    }
    for (int token = 0; token < tokens; token++) {
      for (int q = token * queries; q < (token + 1) * queries; q++) {
        products[q] *= factors[token];
      }
    }
  }

  @SuppressForbidden(reason = "only where the machine has the instruction")
  private static float add(float sum, float level, float query) {
    return FUSED ? Math.fma(level, query, sum) : sum + level * query;
  }

  /** Four tokens with two query vectors, the sums in eight registers. */
  private static void tile(
      float[] levels,
      int a,
      int width,
      float[] columns,
      int from,
      int block,
      float[] products,
      int to,
      int queries) {
    int b = a + width;
    int c = b + width;
    int d = c + width;
    float a0 = 0;
    float a1 = 0;
    float b0 = 0;
    float b1 = 0;
    float c0 = 0;
    float c1 = 0;
    float d0 = 0;
    float d1 = 0;
    for (int i = 0, column = from; i < width; i++, column += block) {
      float one = columns[column];
      float two = columns[column + 1];
      a0 = add(a0, levels[a + i], one);
      a1 = add(a1, levels[a + i], two);
      b0 = add(b0, levels[b + i], one);
      b1 = add(b1, levels[b + i], two);
      c0 = add(c0, levels[c + i], one);
      c1 = add(c1, levels[c + i], two);
      d0 = add(d0, levels[d + i], one);
      d1 = add(d1, levels[d + i], two);
    }
    products[to] = a0;
    products[to + 1] = a1;
    products[to + queries] = b0;
    products[to + queries + 1] = b1;
    products[to + 2 * queries] = c0;
    products[to + 2 * queries + 1] = c1;
    products[to + 3 * queries] = d0;
    products[to + 3 * queries + 1] = d1;
  }

  @Override
  public void max(float[] products, int tokens, float[] best) {
    for (int token = 0, at = 0; token < tokens; token++) {
      for (int q = 0; q < best.length; q++, at++) {
        best[q] = products[at] > best[q] ? products[at] : best[q];
      }
    }
  }
}
