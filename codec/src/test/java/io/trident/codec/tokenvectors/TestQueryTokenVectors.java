/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** The shape of a query's vectors. */
public class TestQueryTokenVectors extends LuceneTestCase {

  public void testValuesMustDivideIntoVectors() {
    for (int[] wrong : new int[][] {{0, 8}, {-8, 8}, {8, 0}, {8, 7}, {8, 12}, {9, 8}}) {
      IllegalArgumentException refused =
          expectThrows(
              IllegalArgumentException.class,
              () -> new QueryTokenVectors(wrong[0], new float[wrong[1]]));
      assertEquals(
          "query vectors must have the dimension [" + wrong[0] + "], got [" + wrong[1] + "] values",
          refused.getMessage());
    }
    assertEquals(1, new QueryTokenVectors(1, new float[1]).count());
  }

  public void testEachVectorHasOneId() {
    for (int ids : new int[] {0, 1, 3}) {
      IllegalArgumentException refused =
          expectThrows(
              IllegalArgumentException.class,
              () -> new QueryTokenVectors(8, new float[16], new int[ids]));
      assertEquals(
          "query vectors must have one id each, got [" + ids + "] for [2] vectors",
          refused.getMessage());
    }
    assertTrue(new QueryTokenVectors(8, new float[16], new int[2]).sameTokens());
    assertFalse(new QueryTokenVectors(8, new float[16], null).sameTokens());
  }

  public void testVectorsAreCounted() {
    int dimension = TestUtil.nextInt(random(), 1, 200);
    int count = TestUtil.nextInt(random(), 1, 70);
    QueryTokenVectors query = new QueryTokenVectors(dimension, new float[dimension * count]);
    assertEquals(dimension, query.dimension());
    assertEquals(count, query.count());
    for (TokenVectorsEncoding encoding : TokenVectorsEncoding.values()) {
      assertTrue(query.paddedCount(encoding) >= count);
    }
  }

  public void testLevelsFillWholeBytes() {
    for (TokenVectorsEncoding encoding : TokenVectorsEncoding.values()) {
      int dimension = TestUtil.nextInt(random(), 1, 1024);
      int bits = encoding.bits();
      int width = QueryTokenVectors.width(dimension, encoding);
      int bytes = QueryTokenVectors.codeLength(dimension, bits);
      if (encoding == TokenVectorsEncoding.FLOAT32) {
        assertEquals(dimension, width);
        assertEquals(4 * dimension, bytes);
      } else {
        assertEquals(8 * bytes, width * bits);
        assertTrue(width >= dimension && (width - dimension) * bits < 8);
      }
      assertSame(encoding, TokenVectorsEncoding.of(encoding.label()));
      for (TokenSimilarity similarity : TokenSimilarity.values()) {
        int factor =
            switch (encoding) {
              case FLOAT32 -> 0;
              case BITS_1 -> similarity == TokenSimilarity.COSINE ? 1 : 2;
              default -> 2;
            };
        assertEquals(bytes + factor, encoding.bytes(dimension, similarity));
      }
    }
    IllegalArgumentException refused =
        expectThrows(IllegalArgumentException.class, () -> TokenVectorsEncoding.of("3bit"));
    assertEquals(
        "encoding must be one of [1bit, 2bit, 4bit, 8bit, float32], got [3bit]",
        refused.getMessage());
  }
}
