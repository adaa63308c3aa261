/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import io.trident.codec.encoding.CodeLevels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.util.BytesRef;

/** Compares MaxSim on the codes with plain arithmetic on the decoded codes, for random shapes. */
public class TestMaxSimScorer extends LuceneTestCase {

  /** One document's coded value. */
  private static final class OneDocument extends TokenVectorsValues {
    private final int dimension;
    private final TokenVectorsEncoding encoding;
    private final TokenSimilarity similarity;
    private final byte[] stored;

    private OneDocument(
        int dimension, TokenVectorsEncoding encoding, TokenSimilarity similarity, byte[] stored) {
      this.dimension = dimension;
      this.encoding = encoding;
      this.similarity = similarity;
      this.stored = stored;
    }

    @Override
    public int dimension() {
      return dimension;
    }

    @Override
    public TokenVectorsEncoding encoding() {
      return encoding;
    }

    @Override
    public TokenSimilarity similarity() {
      return similarity;
    }

    @Override
    public CentroidLists centroidLists() {
      return null;
    }

    @Override
    protected byte[] stored() {
      return stored;
    }

    @Override
    public BytesRef binaryValue() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean advanceExact(int target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int docID() {
      return 0;
    }

    @Override
    public int nextDoc() {
      return NO_MORE_DOCS;
    }

    @Override
    public int advance(int target) {
      return NO_MORE_DOCS;
    }

    @Override
    public long cost() {
      return 1;
    }
  }

  public void testEqualsArithmeticOnDecodedCodes() throws IOException {
    for (int i = 0; i < 200; i++) {
      TokenVectorsEncoding[] encodings = TokenVectorsEncoding.values();
      TokenVectorsEncoding encoding = encodings[random().nextInt(encodings.length)];
      TokenSimilarity similarity =
          random().nextBoolean() ? TokenSimilarity.COSINE : TokenSimilarity.DOT_PRODUCT;
      int dimension = 1 + random().nextInt(random().nextBoolean() ? 12 : 150);
      int tokens = 1 + random().nextInt(100);
      int[] ids = random().ints(tokens, 0, random().nextBoolean() ? 30 : 30_000).toArray();
      float[] flat = randomFloats(tokens * dimension);
      float[] query = randomFloats((1 + random().nextInt(33)) * dimension);

      TokenVectorsCoder coder = new TokenVectorsCoder("f", encoding, similarity);
      BytesRef coded = coder.code(new TokenVectorsField("f", dimension, flat, ids).binaryValue());
      byte[] stored =
          Arrays.copyOfRange(
              coded.bytes,
              coded.offset + TokenVectorsCoder.CODED_HEADER,
              coded.offset + coded.length);
      OneDocument document = new OneDocument(dimension, encoding, similarity, stored);
      int queries = query.length / dimension;
      int[] same = random().nextBoolean() ? null : someOf(ids, queries);
      MaxSimScorer scorer = document.scorer(new QueryTokenVectors(dimension, query, same));
      float score = scorer.score();

      float[][] rotated =
          new VectorCoder(dimension, encoding, similarity).rotateQueries(query, queries);
      double[][] decoded = decode(document, tokens, ids);
      double expected = 0;
      for (int q = 0; q < queries; q++) {
        double best = Double.NEGATIVE_INFINITY;
        for (int t = 0; t < tokens; t++) {
          if (same == null || same[q] == ids[t]) {
            best = Math.max(best, dot(decoded[t], rotated, q));
          }
        }
        best = best == Double.NEGATIVE_INFINITY ? 0 : best;
        assertEquals(best, scorer.bestSimilarity(q), 1e-4 * Math.max(1, Math.abs(best)));
        expected += best;
      }
      assertEquals(expected, score, 1e-4 * Math.max(1, Math.abs(expected)));
      assertBestTokens(scorer, decoded, rotated, ids, same);
      assertUnits(scorer, decoded, rotated, ids, same);
    }
  }

  /** The best tokens have the best products, within the rounding of floats. */
  private static void assertBestTokens(
      MaxSimScorer scorer, double[][] decoded, float[][] rotated, int[] ids, int[] same)
      throws IOException {
    int[] best = scorer.bestTokens();
    for (int q = 0; q < best.length; q++) {
      int vector = q;
      if (same != null && Arrays.stream(ids).noneMatch(id -> id == same[vector])) {
        assertEquals(-1, best[q]);
        continue;
      }
      assertTrue(same == null || same[q] == ids[best[q]]);
      double dot = dot(decoded[best[q]], rotated, q);
      assertEquals(dot, scorer.bestSimilarity(q), 1e-4 * Math.max(1, Math.abs(dot)));
    }
  }

  /** A unit has the MaxSim of its own vectors, whatever they go on from. */
  private static void assertUnits(
      MaxSimScorer scorer, double[][] decoded, float[][] rotated, int[] ids, int[] same)
      throws IOException {
    int[] starts =
        IntStream.concat(
                IntStream.of(0),
                IntStream.range(1, ids.length).filter(t -> random().nextInt(5) < 1))
            .toArray();
    float[] scores = scorer.scoreUnits(starts);
    assertEquals(starts.length, scores.length);
    for (int unit = 0; unit < starts.length; unit++) {
      int end = unit + 1 < starts.length ? starts[unit + 1] : ids.length;
      double sum = 0;
      for (int q = 0; q < rotated[0].length; q++) {
        double best = Double.NEGATIVE_INFINITY;
        for (int t = starts[unit]; t < end; t++) {
          boolean compares = same == null || same[q] == ids[t];
          best = compares ? Math.max(best, dot(decoded[t], rotated, q)) : best;
        }
        sum += best == Double.NEGATIVE_INFINITY ? 0 : best;
      }
      assertEquals(sum, scores[unit], 1e-4 * Math.max(1, Math.abs(sum)));
    }
  }

  private static double dot(double[] token, float[][] rotated, int query) {
    double dot = 0;
    for (int d = 0; d < token.length; d++) {
      dot += token[d] * rotated[d][query];
    }
    return dot;
  }

  /** Ids of which most are among those given. */
  private static int[] someOf(int[] ids, int count) {
    int[] some = new int[count];
    Arrays.setAll(some, i -> random().nextInt(4) == 0 ? 40_000 : ids[random().nextInt(ids.length)]);
    return some;
  }

  private static float[] randomFloats(int length) {
    float[] floats = new float[length];
    for (int i = 0; i < length; i++) {
      floats[i] = (float) random().nextGaussian();
    }
    return floats;
  }

  /** The vectors that the stored codes stand for, in the rotated space. */
  private static double[][] decode(OneDocument document, int tokens, int[] ids) throws IOException {
    assertEquals(tokens, document.tokenCount());
    int bits = document.encoding.bits();
    int codeBytes = document.encoding.bytes(document.dimension, document.similarity());
    int offset = TokenVectorsCoder.codesOffset(tokens, document.stored[Short.BYTES]);
    ByteBuffer in = ByteBuffer.wrap(document.stored).order(ByteOrder.LITTLE_ENDIAN);
    FactorCode factors =
        FactorCode.of(document.encoding, document.similarity(), document.dimension);
    double[][] decoded = new double[tokens][document.dimension];
    for (int t = 0; t < tokens; t++, offset += codeBytes) {
      assertEquals(ids[t], document.tokenId(t));
      for (int d = 0; d < document.dimension; d++) {
        if (bits == Float.SIZE) {
          decoded[t][d] = in.getFloat(offset + d * Float.BYTES);
        } else {
          float level = CodeLevels.of(document.stored, offset + factors.bytes(), d, bits);
          decoded[t][d] = factors.read(document.stored, offset) * level;
        }
      }
      int distance = factors.readDistance(document.stored, offset);
      for (int d = 0; distance > 0 && d < document.dimension; d++) {
        decoded[t][d] += 0.75 * decoded[t - distance][d];
      }
    }
    return decoded;
  }
}
