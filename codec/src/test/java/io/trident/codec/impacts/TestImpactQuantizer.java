/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts;

import org.apache.lucene.tests.util.LuceneTestCase;

/** The error that is documented, and what is refused. */
public class TestImpactQuantizer extends LuceneTestCase {

  public void testErrorIsAtMostHalfAStep() {
    for (int i = 0; i < 1_000; i++) {
      ImpactQuantizer quantizer = new ImpactQuantizer(0.1f + 10 * random().nextFloat());
      float weight = quantizer.maxWeight() * (0.002f + 0.998f * random().nextFloat());
      int impact = quantizer.quantize(weight);
      assertTrue(impact >= 1 && impact <= ImpactQuantizer.MAX_IMPACT);
      assertEquals(weight, quantizer.dequantize(impact), quantizer.maxWeight() / 510 * 1.0001f);
      assertEquals(impact, quantizer.quantize(quantizer.dequantize(impact)));
    }
  }

  public void testSmallWeightsStayAndLargeOnesSaturate() {
    ImpactQuantizer quantizer = new ImpactQuantizer(4);
    assertEquals(1, quantizer.quantize(Float.MIN_VALUE));
    assertEquals(255, quantizer.quantize(4));
    assertEquals(255, quantizer.quantize(1e30f));
  }

  public void testRefusals() {
    ImpactQuantizer quantizer = new ImpactQuantizer(4);
    for (float weight : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
      expectThrows(IllegalArgumentException.class, () -> quantizer.quantize(weight));
      expectThrows(IllegalArgumentException.class, () -> new ImpactQuantizer(weight));
    }
  }
}
