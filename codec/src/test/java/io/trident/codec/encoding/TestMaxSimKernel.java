/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

import java.util.Arrays;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Compares the twins with each other, to the last bit, and with plain arithmetic. */
public class TestMaxSimKernel extends LuceneTestCase {

  private final MaxSimKernel scalar = new ScalarMaxSimKernel();
  private final MaxSimKernel best = MaxSimKernel.best();

  private static float[] floats(int count) {
    float[] out = new float[count];
    for (int i = 0; i < count; i++) {
      out[i] = (float) random().nextGaussian();
    }
    return out;
  }

  public void testTwinsUnpackTheSame() {
    for (int i = 0; i < 200; i++) {
      int bits = 1 << random().nextInt(4);
      int length = TestUtil.nextInt(random(), 1, 200);
      int from = random().nextInt(9);
      int to = random().nextInt(9);
      byte[] codes = new byte[from + length];
      random().nextBytes(codes);
      float[] one = new float[to + length * 8 / bits];
      float[] other = one.clone();
      scalar.unpack(codes, from, length, bits, one, to);
      best.unpack(codes, from, length, bits, other, to);
      assertArrayEquals(one, other, 0);
      for (int level = 0; level < length * 8 / bits; level++) {
        int dimension = MaxSimKernel.dimensionOf(level, length, bits);
        assertEquals(CodeLevels.of(codes, from, dimension, bits), one[to + level], 0);
      }
    }
  }

  public void testPaddingIsTheLeastThatBlocksAddUpTo() {
    for (int queries = 1; queries < 100; queries++) {
      int padded = MaxSimKernel.padded(queries);
      int rest = padded % 32;
      assertTrue(padded >= queries && (rest == 0 || rest == 16 || rest == 24));
      assertTrue(padded - queries < (queries % 32 > 16 ? 8 : 16));
    }
  }

  public void testTwinsFindTheSameProductsAndMaximum() {
    for (int i = 0; i < 60; i++) {
      int width = TestUtil.nextInt(random(), 8, 1024);
      int tokens = MaxSimKernel.TOKEN_BLOCK * TestUtil.nextInt(random(), 1, 9);
      int queries = MaxSimKernel.padded(TestUtil.nextInt(random(), 1, 80));
      float[] levels = floats(tokens * width);
      float[] factors = floats(tokens);
      float[] columns = floats(queries * width);
      float[] one = new float[queries];
      Arrays.fill(one, random().nextBoolean() ? Float.NEGATIVE_INFINITY : 0);
      float[] other = one.clone();
      float[] products = new float[tokens * queries];
      float[] others = products.clone();
      scalar.multiply(levels, factors, tokens, width, columns, queries, products);
      best.multiply(levels, factors, tokens, width, columns, queries, others);
      assertArrayEquals(products, others, 0);
      scalar.max(products, tokens, one);
      best.max(products, tokens, other);
      assertArrayEquals(one, other, 0);
    }
  }
}
