/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import java.util.Arrays;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.tests.util.LuceneTestCase;

/** Maps vectors to fewer dimensions. */
public class TestVectorReduction extends LuceneTestCase {

  private static final float[][] ROWS = {{0.6f, 0.8f, 0}, {0, 0, 1}};

  private static float[] reduce(
      float[][] rows, VectorSimilarityFunction similarity, float... vector) {
    float[] given = vector.clone();
    float[] reduced = new VectorReduction(2, rows, similarity).reduce(given);
    assertArrayEquals("the vector is as it was", vector, given, 0);
    return reduced;
  }

  public void testDimensionsAreProductsWithRows() {
    for (VectorSimilarityFunction similarity :
        Arrays.asList(
            VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT, VectorSimilarityFunction.EUCLIDEAN)) {
      assertArrayEquals(new float[] {11, -2}, reduce(ROWS, similarity, 5, 10, -2), 1e-5f);
      assertArrayEquals(new float[] {5, 10}, reduce(null, similarity, 5, 10, -2), 0);
      assertEquals(similarity, new VectorReduction(2, ROWS, similarity).similarity());
    }
  }

  public void testCosinesAreProductsOfUnitVectors() {
    VectorSimilarityFunction cosine = VectorSimilarityFunction.COSINE;
    float length = 1 + 9 * random().nextFloat();
    assertArrayEquals(
        new float[] {2.2f / 3, 2 / 3f},
        reduce(ROWS, cosine, length / 3, length * 2 / 3, length * 2 / 3),
        1e-5f);
    float[] first = reduce(null, cosine, 3 * length, 4 * length, 7);
    assertArrayEquals("the first ones at the length of 1", new float[] {0.6f, 0.8f}, first, 1e-5f);
    assertArrayEquals(new float[2], reduce(null, cosine, 0, 0, 7), 0);
    assertEquals(
        VectorSimilarityFunction.DOT_PRODUCT, new VectorReduction(2, ROWS, cosine).similarity());
  }
}
