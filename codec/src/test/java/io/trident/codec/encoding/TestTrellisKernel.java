/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Compares the twins with each other, to the last bit; TestTrellis says that paths are closest. */
public class TestTrellisKernel extends LuceneTestCase {

  public void testTwinsAgree() {
    TrellisKernel scalar = new ScalarTrellisKernel();
    TrellisKernel best = TrellisKernel.best();
    for (int i = 0; i < 300; i++) {
      float[] values = new float[TestUtil.nextInt(random(), 1, 1024)];
      float size = random().nextBoolean() ? 1 : (float) Math.exp(10 * random().nextGaussian());
      for (int d = 0; d < values.length; d++) {
        boolean level = random().nextInt(4) == 0; // as near to one as to another
        values[d] = size * (level ? random().nextInt(7) - 3 : (float) random().nextGaussian());
      }
      short[] expected = new short[values.length];
      short[] branches = new short[values.length];
      float[] expectedCosts = new float[TrellisKernel.STATES];
      float[] costs = new float[TrellisKernel.STATES];
      scalar.walk(values, expected, expectedCosts);
      best.walk(values, branches, costs);
      assertArrayEquals(expected, branches);
      assertArrayEquals(expectedCosts, costs, 0);
    }
  }
}
