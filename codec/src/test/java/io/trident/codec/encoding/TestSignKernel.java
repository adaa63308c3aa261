/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Compares the twins with each other, to the last bit, and with plain arithmetic. */
public class TestSignKernel extends LuceneTestCase {

  private final SignKernel scalar = new ScalarSignKernel();
  private final SignKernel best = SignKernel.best();

  private static float[] floats(int count) {
    float[] out = new float[count];
    for (int i = 0; i < count; i++) {
      out[i] = (float) random().nextGaussian();
    }
    return out;
  }

  private static float[][] rows(int dimension, int queries) {
    float[][] rows = new float[dimension][];
    for (int d = 0; d < dimension; d++) {
      rows[d] = floats(queries);
    }
    return rows;
  }

  public void testTwinsFindTheSameProductsAsArithmeticOnTheBits() {
    for (int i = 0; i < 60; i++) {
      int dimension = TestUtil.nextInt(random(), 8, 1024);
      int length = (dimension + 7) / 8;
      int stride = length + random().nextInt(3);
      int from = random().nextInt(9);
      int tokens = TestUtil.nextInt(random(), 1, 40);
      int room = (tokens + SignKernel.TOKEN_BLOCK - 1) / SignKernel.TOKEN_BLOCK;
      int queries = SignKernel.QUERY_BLOCK * TestUtil.nextInt(random(), 1, 9);
      byte[] codes = new byte[from + (tokens - 1) * stride + length];
      random().nextBytes(codes);
      float[] factors = floats(room * SignKernel.TOKEN_BLOCK);
      float[][] rows = rows(dimension, queries);
      float[] sums = SignKernel.sums(rows, length, queries);
      float[] products = floats(factors.length * queries);
      float[] others = floats(products.length);
      scalar.multiply(codes, from, stride, length, factors, tokens, sums, queries, products);
      best.multiply(codes, from, stride, length, factors, tokens, sums, queries, others);
      for (int token = 0; token < tokens; token++) {
        for (int q = 0; q < queries; q++) {
          int at = token * queries + q;
          double dot = 0;
          for (int d = 0; d < dimension; d++) {
            dot += CodeLevels.of(codes, from + token * stride, d, 1) * rows[d][q];
          }
          assertEquals(factors[token] * dot, products[at], 1e-3);
          assertEquals(products[at], others[at], 0);
        }
      }
    }
  }
}
