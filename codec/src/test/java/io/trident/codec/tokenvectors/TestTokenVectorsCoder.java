/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import com.carrotsearch.randomizedtesting.generators.RandomPicks;
import java.util.Arrays;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;

/** The coded layout around the codes. */
public class TestTokenVectorsCoder extends LuceneTestCase {

  private static final int DIMENSION = 8;

  private static BytesRef input(int dimension, int[] ids) {
    float[] values = new float[dimension * ids.length];
    Arrays.fill(values, 0.5f);
    return new TokenVectorsField("f", dimension, values, ids).binaryValue();
  }

  private static TokenVectorsCoder coder(TokenVectorsEncoding encoding) {
    return new TokenVectorsCoder("f", encoding, TokenSimilarity.COSINE);
  }

  /** What is stored for a document of a coded value. */
  private static byte[] stored(BytesRef coded) {
    return Arrays.copyOfRange(coded.bytes, TokenVectorsCoder.CODED_HEADER, coded.length);
  }

  public void testIdsTakeTheBitsOfTheLargest() {
    for (TokenVectorsEncoding encoding : TokenVectorsEncoding.values()) {
      int bits = random().nextInt(32);
      int bound = 1 << Math.max(0, bits - 1);
      int count = TestUtil.nextInt(random(), 1, 400);
      int[] ids = new int[count];
      for (int i = 0; i < count && bits > 0; i++) {
        ids[i] = random().nextInt(bound);
      }
      ids[random().nextInt(count)] = bits == 0 ? 0 : bound;
      BytesRef coded = coder(encoding).code(input(DIMENSION, ids));
      byte[] stored = stored(coded);
      int codeBytes = encoding.bytes(DIMENSION, TokenSimilarity.COSINE);
      assertEquals(3 + (count * bits + 7) / 8 + count * codeBytes, stored.length);
      assertEquals(stored.length, TokenVectorsCoder.storedLength(stored, codeBytes));
      assertEquals(count, TokenVectorsCoder.tokenCount(stored));
      assertEquals(bits, stored[2]);
      for (int i = 0; i < count; i++) {
        assertEquals(ids[i], TokenVectorsCoder.unpackId(stored, i));
      }
    }
  }

  public void testTheHeaderSaysHowCodesAreRead() {
    int dimension = TestUtil.nextInt(random(), 8, 1024);
    for (TokenVectorsEncoding encoding : TokenVectorsEncoding.values()) {
      for (TokenSimilarity similarity : TokenSimilarity.values()) {
        TokenVectorsCoder coder = new TokenVectorsCoder("f", encoding, similarity);
        BytesRef coded = coder.code(input(dimension, new int[] {7}));
        assertEquals(1, coded.bytes[0]);
        assertEquals(encoding.ordinal(), coded.bytes[1]);
        assertEquals(similarity.ordinal(), coded.bytes[2]);
        assertEquals(dimension, (coded.bytes[3] & 0xFF) | (coded.bytes[4] & 0xFF) << 8);
        assertEquals(dimension, coder.dimension());
      }
    }
  }

  public void testCodedValuesStayAsTheyAre() {
    TokenVectorsEncoding encoding = RandomPicks.randomFrom(random(), TokenVectorsEncoding.values());
    BytesRef coded = coder(encoding).code(input(DIMENSION, new int[] {1, 2}));
    TokenVectorsCoder other = coder(encoding);
    assertEquals(0, other.dimension());
    assertSame(coded, other.code(coded));
    assertEquals(DIMENSION, other.dimension());
  }

  private static void refused(TokenVectorsCoder coder, BytesRef value, String message) {
    assertEquals(
        message,
        expectThrows(IllegalArgumentException.class, () -> coder.code(value)).getMessage());
  }

  public void testValuesOfAnotherFieldAreRefused() {
    TokenVectorsCoder coder = coder(TokenVectorsEncoding.BITS_2);
    BytesRef coded = coder.code(input(DIMENSION, new int[] {1}));
    refused(coder, input(9, new int[] {1}), "field [f] has the dimension [8], but got [9]");
    refused(
        coder(TokenVectorsEncoding.BITS_4), coded, "field [f] has the encoding [2], but got [1]");
    refused(
        new TokenVectorsCoder("f", TokenVectorsEncoding.BITS_2, TokenSimilarity.DOT_PRODUCT),
        coded,
        "field [f] has the similarity ["
            + TokenSimilarity.DOT_PRODUCT.ordinal()
            + "], but got ["
            + TokenSimilarity.COSINE.ordinal()
            + "]");
    byte[] wider = BytesRef.deepCopyOf(coded).bytes;
    wider[3] = 9;
    refused(coder, new BytesRef(wider), "field [f] has the dimension [8], but got [9]");
  }

  public void testOtherLayoutsAreRefused() {
    TokenVectorsCoder coder = coder(TokenVectorsEncoding.BITS_2);
    for (int length = 0; length < TokenVectorsCoder.CODED_HEADER; length++) {
      refused(coder, new BytesRef(new byte[length]), "field [f] has a value of no known layout");
    }
    refused(
        coder,
        new BytesRef(new byte[] {2, 0, 0, 0, 0, 0, 0, 0}),
        "field [f] has a value of the unknown layout [2]");
    BytesRef none = coder.code(input(DIMENSION, new int[0]));
    assertEquals(TokenVectorsCoder.CODED_HEADER + 3, none.length);
  }

  public void testHeadersThatCannotBeRightHaveNoLength() {
    assertEquals(3, TokenVectorsCoder.storedLength(new byte[] {0, 0, 0}, 5));
    assertEquals(3 + 31 + 5 * 8, TokenVectorsCoder.storedLength(new byte[] {8, 0, 31}, 5));
    int most = TokenVectorsField.MAX_TOKENS;
    assertEquals(
        3L + 5L * most, TokenVectorsCoder.storedLength(new byte[] {(byte) 0xFF, 0x7F, 0}, 5));
    assertEquals(-1, TokenVectorsCoder.storedLength(new byte[] {0, (byte) 0x80, 0}, 5));
    assertEquals(-1, TokenVectorsCoder.storedLength(new byte[] {8, 0, 32}, 5));
    assertEquals(-1, TokenVectorsCoder.storedLength(new byte[] {8, 0, -1}, 5));
  }
}
