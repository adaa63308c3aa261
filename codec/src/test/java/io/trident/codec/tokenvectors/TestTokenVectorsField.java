/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;

/** What a field takes, byte by byte, and what it refuses. */
public class TestTokenVectorsField extends LuceneTestCase {

  public void testItsBytesAreTheInputLayout() {
    int dimension = TestUtil.nextInt(random(), 1, 1024);
    int tokens = random().nextInt(300);
    int[] ids = random().ints(tokens, 0, Integer.MAX_VALUE).toArray();
    float[] values = new float[tokens * dimension];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random().nextGaussian();
    }
    BytesRef value = new TokenVectorsField("f", dimension, values, ids).binaryValue();
    ByteBuffer in =
        ByteBuffer.wrap(value.bytes, value.offset, value.length).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(0, in.get());
    assertEquals(dimension, in.getShort());
    assertEquals(tokens, in.getShort());
    for (int id : ids) {
      assertEquals(id, in.getInt());
    }
    for (float each : values) {
      assertEquals(each, in.getFloat(), 0);
    }
    assertFalse(in.hasRemaining());
  }

  private static void refused(int dimension, float[] values, int[] ids, String message) {
    IllegalArgumentException refused =
        expectThrows(
            IllegalArgumentException.class,
            () -> new TokenVectorsField("f", dimension, values, ids));
    assertEquals(message, refused.getMessage());
  }

  public void testLimits() {
    for (int dimension : new int[] {1, 1024}) {
      assertNotNull(new TokenVectorsField("f", dimension, new float[dimension], new int[1]));
    }
    for (int dimension : new int[] {-1, 0, 1025}) {
      refused(
          dimension,
          new float[Math.max(0, dimension)],
          new int[1],
          "field [f]: dimension must be [1 to 1024], got [" + dimension + "]");
    }
    assertNotNull(new TokenVectorsField("f", 8, new float[8 * 32_767], new int[32_767]));
    refused(
        8,
        new float[8 * 32_768],
        new int[32_768],
        "field [f]: number of tokens must be [at most 32767], got [32768]");
    for (int values : new int[] {15, 17}) {
      refused(
          8,
          new float[values],
          new int[2],
          "field [f]: number of values must be [the number of tokens times the dimension, 16], got ["
              + values
              + "]");
    }
    refused(
        8, new float[16], new int[] {0, -1}, "field [f]: token id must be [0 or more], got [-1]");
  }

  public void testValuesThatAreNotFiniteAreRefused() {
    for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      float[] values = new float[16];
      values[random().nextInt(16)] = wrong;
      refused(8, values, new int[2], "field [f]: value must be [finite], got [" + wrong + "]");
    }
  }

  /** The cosine of a vector without a length is none. */
  public void testTheCosineTakesNoZeroVector() {
    int zero = random().nextInt(5);
    float[] values = new float[5 * 8];
    for (int token = 0; token < 5; token++) {
      values[token * 8 + random().nextInt(8)] = token == zero ? 0 : 1;
    }
    TokenVectorsField.validate("f", 8, values, 5, TokenSimilarity.DOT_PRODUCT);
    IllegalArgumentException refused =
        expectThrows(
            IllegalArgumentException.class,
            () -> TokenVectorsField.validate("f", 8, values, 5, TokenSimilarity.COSINE));
    assertTrue(refused.getMessage(), refused.getMessage().contains("of token [" + zero + "]"));
    values[zero * 8] = 1;
    TokenVectorsField.validate("f", 8, values, 5, TokenSimilarity.COSINE);
  }
}
