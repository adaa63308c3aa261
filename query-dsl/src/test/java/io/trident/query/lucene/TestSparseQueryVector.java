/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.impacts.ImpactQuantizer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** How weights are rounded. */
public class TestSparseQueryVector extends LuceneTestCase {

  private static final ImpactQuantizer QUANTIZER = new ImpactQuantizer(4);

  public void testWeightsOfManyTokensAreToldApart() {
    List<String> tokens = IntStream.range(0, 60_000).mapToObj(i -> "t" + i).toList();
    float[] weights = new float[tokens.size()];
    Arrays.fill(weights, 1);
    weights[0] = 0.06f;
    weights[1] = 0.015f;
    SparseQueryVector vector = new SparseQueryVector(tokens, weights, QUANTIZER);
    assertEquals(4.0, (double) vector.weight(0) / vector.weight(1), 1e-3);
  }

  /** Weights are rounded, so that their sum may be above what they were checked for. */
  public void testTheLargestScoreIsFinite() {
    int above = 0;
    for (int i = 0; i < 1_000; i++) {
      float[] weights = new float[TestUtil.nextInt(random(), 1, 40)];
      List<String> tokens = IntStream.range(0, weights.length).mapToObj(Integer::toString).toList();
      for (int t = 0; t < weights.length; t++) {
        weights[t] = 1 + random().nextFloat();
      }
      double largest = ImpactQuantizer.MAX_IMPACT * QUANTIZER.step();
      double scale = Float.MAX_VALUE / largest / sum(weights) * (1 - 0x1p-23);
      for (int t = 0; t < weights.length; t++) {
        weights[t] = (float) (weights[t] * scale);
      }
      if (sum(weights) * largest > Float.MAX_VALUE) {
        continue; // refused
      }
      SparseQueryVector vector = new SparseQueryVector(tokens, weights, QUANTIZER);
      long sum = IntStream.range(0, weights.length).mapToLong(vector::weight).sum();
      float score = vector.score(sum * ImpactQuantizer.MAX_IMPACT);
      assertTrue(Float.isFinite(score));
      above += score == Float.MAX_VALUE ? 1 : 0;
      assertEquals(sum(weights) * largest, score, Float.MAX_VALUE * 1e-5);
    }
    assertTrue("no sum was rounded up", above > 0);
  }

  private static double sum(float[] weights) {
    double sum = 0;
    for (float weight : weights) {
      sum += weight;
    }
    return sum;
  }
}
