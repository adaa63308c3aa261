/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Compares the twins with each other, to the last bit, and with plain arithmetic. */
public class TestDistanceKernel extends LuceneTestCase {

  public void testTwinsAgree() {
    DistanceKernel scalar = new ScalarDistanceKernel();
    DistanceKernel best = DistanceKernel.best();
    for (int i = 0; i < 300; i++) {
      int length = TestUtil.nextInt(random(), 1, 1024);
      float[] one = new float[length];
      float[] other = new float[length];
      double expected = 0;
      for (int d = 0; d < length; d++) {
        one[d] = (float) random().nextGaussian();
        other[d] = (float) random().nextGaussian();
        expected += Math.pow((double) one[d] - other[d], 2);
      }
      assertEquals(scalar.squareDistance(one, other), best.squareDistance(one, other), 0);
      assertEquals(expected, best.squareDistance(one, other), 1e-5 * expected);
    }
  }
}
