/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import io.trident.codec.encoding.MaxSimKernel;
import io.trident.codec.encoding.SignKernel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.lucene.index.CorruptIndexException;

/**
 * MaxSim on codes: for each query vector the largest dot product with any of the document's
 * vectors, summed (ColBERT: Khattab and Zaharia, SIGIR 2020). The levels of a few tokens at a time
 * are unpacked where the next instructions find them, and multiplied with all query vectors; the
 * factor is applied to the products, and where a code goes on from an earlier token's, a share of
 * that one's products is added. Signs are not unpacked: {@link SignKernel} reads them as they are.
 * The query is not quantised. A query vector that compares with the tokens of one id alone (COIL:
 * Gao, Dai and Callan, NAACL 2021) adds nothing where there is none. Not thread-safe.
 */
public final class MaxSimScorer {

  private static final MaxSimKernel KERNEL = MaxSimKernel.best();
  private static final SignKernel SIGNS = SignKernel.best();

  /** Unpacked levels stay within this many floats, so that they stay in the first cache. */
  private static final int MAX_LEVELS = 2048;

  /** Tokens of signs that are multiplied at once with a block of sums, which the cache keeps. */
  private static final int SIGNS_AT_ONCE = 64;

  /** Tokens at a time, at most: their products are many where their levels are few. */
  private static final int MAX_TOKENS = 256;

  private final TokenVectorsValues values;
  private final QueryTokenVectors query;
  private final int bits;
  private final boolean signs;
  private final int codeBytes;
  private final FactorCode factor;
  private final int width;
  private final int chunk;
  private final int queries;
  private final float[] columns;
  private final float[] levels;
  private final float[] factors;
  private final float[] products;
  private final int[] distances;
  private final float[] previous;
  private final float[] best;

  MaxSimScorer(TokenVectorsValues values, QueryTokenVectors query) {
    int dimension = values.dimension();
    if (query.dimension() != dimension) {
      throw new IllegalArgumentException(
          "query vectors must have the dimension ["
              + dimension
              + "], got ["
              + query.dimension()
              + "]");
    }
    this.values = values;
    this.query = query;
    this.bits = values.encoding().bits();
    this.codeBytes = values.encoding().bytes(dimension, values.similarity());
    this.factor = FactorCode.of(values.encoding(), values.similarity(), dimension);
    this.signs = QueryTokenVectors.isSigns(values.encoding());
    this.width = QueryTokenVectors.width(dimension, values.encoding());
    this.chunk =
        signs
            ? SIGNS_AT_ONCE
            : roundUp(Math.clamp(MAX_LEVELS / width - MaxSimKernel.TOKEN_BLOCK + 1, 1, MAX_TOKENS));
    this.queries = query.count();
    this.columns = query.columns(values.encoding(), values.similarity());
    this.levels = new float[signs ? 0 : chunk * width];
    this.factors = new float[chunk];
    this.best = new float[query.paddedCount(values.encoding())];
    this.products = new float[chunk * best.length];
    this.distances = new int[chunk];
    this.previous = new float[(PreviousTokens.MOST + 1) * best.length];
  }

  private static int roundUp(int tokens) {
    int block = MaxSimKernel.TOKEN_BLOCK;
    return (tokens + block - 1) / block * block;
  }

  /**
   * MaxSim of the current document.
   *
   * @return the sum, negative when the vectors point away from each other; 0 without tokens
   */
  public float score() throws IOException {
    int tokens = values.tokenCount();
    if (tokens == 0) {
      return 0;
    }
    Arrays.fill(best, Float.NEGATIVE_INFINITY);
    for (int from = 0; from < tokens; from += chunk) {
      int count = Math.min(tokens - from, chunk);
      if (compares(from, count)) {
        multiply(from, count);
        KERNEL.max(products, count, best);
      }
    }
    return sum();
  }

  /** The best similarities together. */
  private float sum() {
    double sum = 0;
    for (int q = 0; q < queries; q++) {
      sum += bestSimilarity(q);
    }
    return (float) sum;
  }

  /**
   * MaxSim of each unit of the current document, in one pass: what it would be of a document with
   * the unit's vectors alone.
   *
   * @param starts the first token of each unit, ascending from 0
   */
  public float[] scoreUnits(int[] starts) throws IOException {
    float[] scores = new float[starts.length];
    int tokens = values.tokenCount();
    int unit = 0;
    Arrays.fill(best, Float.NEGATIVE_INFINITY);
    for (int from = 0; from < tokens; from += chunk) {
      int count = Math.min(tokens - from, chunk);
      multiply(from, count);
      for (int i = 0; i < count; i++) {
        if (unit + 1 < starts.length && starts[unit + 1] == from + i) {
          scores[unit++] = sum();
          Arrays.fill(best, Float.NEGATIVE_INFINITY);
        }
        max(i * best.length);
      }
    }
    scores[unit] = sum();
    return scores;
  }

  private void max(int from) {
    for (int q = 0; q < best.length; q++) {
      best[q] = Math.max(best[q], products[from + q]);
    }
  }

  /**
   * After {@link #score()} of a document with tokens: the best similarity of a query vector, 0 when
   * there is no token to compare it with.
   */
  public float bestSimilarity(int vector) {
    return best[vector] == Float.NEGATIVE_INFINITY ? 0 : best[vector];
  }

  /**
   * After {@link #score()} of a document with tokens: for each query vector the first token that
   * has the best similarity, -1 when there is no token to compare it with. Scores once more.
   */
  public int[] bestTokens() throws IOException {
    int[] found = new int[queries];
    Arrays.fill(found, -1);
    int tokens = values.tokenCount();
    for (int from = 0; from < tokens; from += chunk) {
      int count = Math.min(tokens - from, chunk);
      multiply(from, count);
      for (int i = 0; i < count; i++) {
        for (int q = 0; q < queries; q++) {
          float product = products[i * best.length + q];
          if (found[q] < 0 && product >= best[q] && product > Float.NEGATIVE_INFINITY) {
            found[q] = from + i;
          }
        }
      }
    }
    return found;
  }

  /** The products of some tokens, after those of all tokens before them. */
  private void multiply(int from, int count) throws IOException {
    byte[] stored = values.stored();
    int offset =
        TokenVectorsCoder.codesOffset(values.tokenCount(), stored[Short.BYTES]) + from * codeBytes;
    if (signs) {
      multiplySigns(stored, offset, count);
    } else {
      multiplyLevels(stored, offset, count);
    }
    if (factor.distanceBits() > 0) {
      addShares(from, count);
    }
    if (query.sameTokens()) {
      hideOthers(from, count);
    }
  }

  private void multiplyLevels(byte[] stored, int offset, int count) {
    for (int i = 0, at = offset; i < count; i++, at += codeBytes) {
      factors[i] = unpack(stored, at, i * width);
      distances[i] = factor.readDistance(stored, at);
    }
    KERNEL.multiply(levels, factors, roundUp(count), width, columns, best.length, products);
  }

  /** Whether the products of some tokens are needed, which later ones may go on from. */
  private boolean compares(int from, int count) throws IOException {
    boolean any = query.sameTokens() == false || factor.distanceBits() > 0;
    for (int token = from; token < from + count && any == false; token++) {
      any = query.compares(values.tokenId(token));
    }
    return any;
  }

  /** Takes away the products of tokens and query vectors that do not compare. */
  private void hideOthers(int from, int count) throws IOException {
    for (int i = 0, at = 0; i < count; i++, at += best.length) {
      int id = values.tokenId(from + i);
      for (int q = 0; q < queries; q++) {
        if (query.compares(q, id) == false) {
          products[at + q] = Float.NEGATIVE_INFINITY;
        }
      }
    }
  }

  private void multiplySigns(byte[] stored, int offset, int count) {
    for (int i = 0; i < count; i++) {
      factors[i] = factor.read(stored, offset + i * codeBytes);
    }
    int skipped = factor.bytes();
    SIGNS.multiply(
        stored,
        offset + skipped,
        codeBytes,
        codeBytes - skipped,
        factors,
        count,
        columns,
        best.length,
        products);
  }

  private void addShares(int from, int count) throws IOException {
    int length = best.length;
    for (int i = 0, at = 0; i < count; i++, at += length) {
      int token = from + i;
      if (distances[i] > token) {
        throw new CorruptIndexException(
            "document ["
                + values.docID()
                + "] has the token ["
                + token
                + "], which goes on from the one ["
                + distances[i]
                + "] before it",
            "token vectors");
      }
      if (distances[i] > 0) {
        int share = PreviousTokens.slot(token - distances[i]) * length;
        for (int q = 0; q < length; q++) {
          products[at + q] += PreviousTokens.SHARE * previous[share + q];
        }
      }
      System.arraycopy(products, at, previous, PreviousTokens.slot(token) * length, length);
    }
  }

  private float unpack(byte[] stored, int offset, int at) {
    if (bits == Float.SIZE) {
      ByteBuffer.wrap(stored, offset, codeBytes)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(levels, at, width);
      return 1;
    }
    int from = offset + factor.bytes();
    KERNEL.unpack(stored, from, codeBytes - factor.bytes(), bits, levels, at);
    return factor.read(stored, offset);
  }
}
