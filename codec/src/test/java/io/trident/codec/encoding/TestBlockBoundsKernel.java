/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Compares the twins with each other and with plain arithmetic. */
public class TestBlockBoundsKernel extends LuceneTestCase {

  public void testTwinsAgree() {
    BlockBoundsKernel scalar = new ScalarBlockBoundsKernel();
    BlockBoundsKernel best = BlockBoundsKernel.best();
    for (int i = 0; i < 100; i++) {
      int blocks = TestUtil.nextInt(random(), 1, 10_000);
      byte[][] maxima = new byte[random().nextInt(12)][blocks];
      int[] weights = new int[maxima.length];
      int[] expected = new int[blocks];
      for (int t = 0; t < maxima.length; t++) {
        random().nextBytes(maxima[t]);
        weights[t] = TestUtil.nextInt(random(), 1, 5_000);
        for (int b = 0; b < blocks; b++) {
          expected[b] += weights[t] * (maxima[t][b] & 0xff);
        }
      }
      for (BlockBoundsKernel kernel : new BlockBoundsKernel[] {scalar, best}) {
        int[] bounds = random().ints(blocks).toArray(); // are written over
        kernel.sum(maxima, weights, bounds);
        assertArrayEquals(expected, bounds);
      }
    }
  }
}
