/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import com.carrotsearch.randomizedtesting.generators.RandomPicks;
import io.trident.codec.encoding.MaxSimKernel;
import java.util.Arrays;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;

/** What a code says of the dot product with any vector, against the vectors themselves. */
public class TestVectorCoder extends LuceneTestCase {

  private static final int PAIRS = 4_000;

  /** More than are rotated at once. */
  private static final int TOKENS = 150;

  private static float[] unit(int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random().nextGaussian();
    }
    return scaled(vector, 1 / VectorCoder.norm(vector, 0, dimension));
  }

  private static float[] scaled(float[] vector, double by) {
    float[] out = new float[vector.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) (vector[i] * by);
    }
    return out;
  }

  /** A unit vector whose cosine with another is given. */
  private static float[] neighbour(float[] vector, double cosine) {
    float[] other = unit(vector.length);
    double along = dot(vector, other);
    for (int i = 0; i < other.length; i++) {
      other[i] -= (float) (along * vector[i]);
    }
    double side = Math.sqrt(1 - cosine * cosine) / VectorCoder.norm(other, 0, other.length);
    float[] out = new float[vector.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) (cosine * vector[i] + side * other[i]);
    }
    return out;
  }

  private static double dot(float[] one, float[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += (double) one[i] * other[i];
    }
    return sum;
  }

  /** The dot product of a query vector with what the code of a vector stands for. */
  private static double estimate(
      TokenSimilarity similarity, int bits, float[] query, float[] vector) {
    int dimension = query.length;
    int length = QueryTokenVectors.codeLength(dimension, bits);
    TokenVectorsEncoding encoding = TokenVectorsEncoding.of(bits + "bit");
    FactorCode factor = FactorCode.of(encoding, similarity, dimension);
    byte[] code = new byte[encoding.bytes(dimension, similarity)];
    VectorCoder coder = new VectorCoder(dimension, encoding, similarity);
    coder.encode(vector, code, 0);
    float[] levels = new float[length * 8 / bits];
    MaxSimKernel.best().unpack(code, factor.bytes(), length, bits, levels, 0);
    float[][] rotated = coder.rotateQueries(query, 1);
    double sum = 0;
    for (int level = 0; level < levels.length; level++) {
      int d = MaxSimKernel.dimensionOf(level, length, bits);
      sum += d < dimension ? levels[level] * rotated[d][0] : 0;
    }
    return sum * factor.read(code, 0);
  }

  /** No length that is taken is cut by the bits of its factor. */
  public void testLengthsAreKeptOrRefused() {
    double longest = TokenVectorsCoder.MAX_LENGTH_2_BITS;
    for (int i = 0; i < 50; i++) {
      int dimension = TestUtil.nextInt(random(), 8, 1024);
      float[] direction = unit(dimension);
      double length =
          random().nextBoolean() ? 0.999 * longest : Math.pow(10, -7 + 16 * random().nextDouble());
      float[] vector = scaled(direction, length);
      double got = estimate(TokenSimilarity.DOT_PRODUCT, 2, direction, vector);
      assertEquals(length, got, length / 30);
    }
    float[] tooLong = scaled(unit(32), 1.001 * longest);
    BytesRef value = new TokenVectorsField("f", 32, tooLong, new int[1]).binaryValue();
    for (TokenVectorsEncoding encoding : TokenVectorsEncoding.values()) {
      TokenVectorsCoder coder = new TokenVectorsCoder("f", encoding, TokenSimilarity.DOT_PRODUCT);
      if (encoding == TokenVectorsEncoding.BITS_2) {
        IllegalArgumentException e =
            expectThrows(IllegalArgumentException.class, () -> coder.code(value));
        assertTrue(e.getMessage(), e.getMessage().contains("field [f]"));
      } else {
        coder.code(value);
      }
    }
  }

  /**
   * The mean error of many pairs is nothing but chance: five standard errors, and the thousandth
   * that the factor is rounded by, or the sixtieth with two bits. The error's spread is at most
   * what the paper says of one bit.
   */
  public void testEstimatesAreUnbiased() {
    for (int bits = 1; bits <= 8; bits *= 2) {
      int dimension = TestUtil.nextInt(random(), 48, 200);
      TokenSimilarity by = RandomPicks.randomFrom(random(), TokenSimilarity.values());
      double cosine = random().nextDouble() * 1.8 - 0.9;
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < PAIRS; i++) {
        float[] query = unit(dimension);
        double error = estimate(by, bits, query, neighbour(query, cosine)) - cosine;
        sum += error;
        squares += error * error;
      }
      double spread = Math.sqrt(squares / PAIRS);
      String what = bits + " bits, " + dimension + " dimensions, cosine " + cosine;
      double rounding = bits == 2 ? 1.6e-2 : 1e-3;
      assertEquals(what, 0, sum / PAIRS, 5 * spread / Math.sqrt(PAIRS) + rounding);
      assertTrue(what + ": " + spread, spread < 0.9 / Math.sqrt(dimension) / (1 << (bits - 1)));
    }
  }

  /** A vector's own dot product is its squared length at every width, but for the factor's bits. */
  public void testTheSameVectorIsExact() {
    for (int bits = 1; bits <= 8; bits *= 2) {
      int dimension = TestUtil.nextInt(random(), 8, 300);
      double length = Math.exp(random().nextGaussian() * 3);
      float[] vector = scaled(unit(dimension), length);
      assertEquals(
          length * length,
          estimate(TokenSimilarity.DOT_PRODUCT, bits, vector, vector),
          (bits == 2 ? 1.6e-2 : 1.5e-3) * length * length);
      float[] unit = scaled(vector, 1 / length);
      double cosine = estimate(TokenSimilarity.COSINE, bits, unit, unit);
      assertEquals(1, cosine, bits < 4 ? 2e-2 : 1.5e-3);
    }
  }

  public void testManyAreRotatedAsOneByOne() {
    int dimension = TestUtil.nextInt(random(), 8, 300);
    RandomRotation rotation = new RandomRotation(dimension);
    float[][] rows = new float[dimension][7];
    float[][] vectors = new float[7][];
    for (int v = 0; v < vectors.length; v++) {
      vectors[v] = unit(dimension);
      for (int d = 0; d < dimension; d++) {
        rows[d][v] = vectors[v][d];
      }
    }
    rotation.rotate(rows);
    for (int v = 0; v < vectors.length; v++) {
      rotation.rotate(vectors[v]);
      for (int d = 0; d < dimension; d++) {
        assertEquals(vectors[v][d], rows[d][v], 0);
      }
    }
  }

  public void testFactorKeepsAThousandth() {
    FactorCode code = FactorCode.of(TokenVectorsEncoding.BITS_4, TokenSimilarity.DOT_PRODUCT, 64);
    for (int i = 0; i < 10_000; i++) {
      float factor = (float) Math.pow(2, random().nextDouble() * 120 - 60);
      assertEquals(factor, packed(code, factor, 0), factor * 1e-3);
    }
    assertEquals(0, packed(code, 0, 0), 0);
  }

  public void testFactorBesideADistanceKeepsASixtieth() {
    FactorCode code = FactorCode.of(TokenVectorsEncoding.BITS_2, TokenSimilarity.DOT_PRODUCT, 64);
    for (int i = 0; i < 10_000; i++) {
      float factor = (float) Math.pow(2, random().nextDouble() * 60 - 30);
      int distance = random().nextInt(PreviousTokens.MOST + 1);
      assertEquals(factor, packed(code, factor, distance), factor / 60);
    }
    assertEquals(0, packed(code, 0, 31), 0);
  }

  private static float packed(FactorCode code, float factor, int distance) {
    byte[] bytes = new byte[2];
    code.write(factor == 0 ? 0 : 1, factor, bytes, 0);
    code.writeDistance(distance, bytes, 0);
    assertEquals(distance, code.readDistance(bytes, 0));
    return code.read(bytes, 0);
  }

  /** A vector that is like one before it in its document is coded more closely for it. */
  public void testGoesOnFromATokenThatIsAlike() {
    int dimension = TestUtil.nextInt(random(), 48, 200);
    VectorCoder coder =
        new VectorCoder(dimension, TokenVectorsEncoding.BITS_2, TokenSimilarity.COSINE);
    VectorDecoder decoder =
        new VectorDecoder(dimension, TokenVectorsEncoding.BITS_2, TokenSimilarity.COSINE);
    FactorCode factor =
        FactorCode.of(TokenVectorsEncoding.BITS_2, TokenSimilarity.COSINE, dimension);
    RandomRotation rotation = new RandomRotation(dimension);
    float[] first = unit(dimension);
    float[] flat = new float[TOKENS * dimension];
    for (int token = 0; token < TOKENS; token++) {
      float[] vector = token == 0 ? first : neighbour(first, token % 2 == 0 ? 0 : 0.9);
      System.arraycopy(vector, 0, flat, token * dimension, dimension);
    }
    int codeBytes = TokenVectorsEncoding.BITS_2.bytes(dimension, TokenSimilarity.COSINE);
    byte[] codes = new byte[TOKENS * codeBytes];
    coder.encode(flat, codes, 0);
    double alone = 0;
    double alike = 0;
    for (int token = 0; token < TOKENS; token++) {
      float[] vector = Arrays.copyOfRange(flat, token * dimension, (token + 1) * dimension);
      int at = token * codeBytes;
      assertTrue(factor.readDistance(codes, at) <= token);
      float[] decoded = new float[dimension];
      decoder.next(codes, at, decoded);
      rotation.rotate(vector);
      assertEquals("no error along the vector", 1, dot(decoded, vector), 2e-2);
      for (int i = 0; i < dimension; i++) {
        double error = decoded[i] - vector[i];
        if (token % 2 == 0) {
          alone += error * error / (TOKENS / 2);
        } else {
          alike += error * error / (TOKENS / 2);
        }
      }
    }
    assertTrue(alike + " of " + alone, alike < 0.7 * alone);
  }
}
