/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import io.trident.codec.encoding.MaxSimKernel;
import io.trident.codec.encoding.SignKernel;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The vectors of one query, rotated and laid out once for each way that segments are coded.
 * Thread-safe.
 */
public final class QueryTokenVectors {

  private final int dimension;
  private final float[] flat;

  /** The only tokens that each vector compares with; null when it compares with all. */
  private final int[] ids;

  private final Map<Coding, float[]> columns = new ConcurrentHashMap<>();

  private record Coding(TokenVectorsEncoding encoding, TokenSimilarity similarity) {}

  /**
   * Takes the vectors as they are; they must not change any more.
   *
   * @param dimension the dimensions of each vector
   * @param flat one or more vectors, one after the other; for the cosine their lengths do not
   *     matter
   * @throws IllegalArgumentException when the values do not divide into vectors
   */
  public QueryTokenVectors(int dimension, float[] flat) {
    this(dimension, flat, null);
  }

  /**
   * Takes vectors as they are, each to be compared with the tokens of one id alone.
   *
   * @param dimension the dimensions of each vector
   * @param flat one or more vectors, one after the other
   * @param ids one per vector, or null to compare each with all tokens
   * @throws IllegalArgumentException when the values do not divide into vectors, or not into one
   *     per id
   */
  public QueryTokenVectors(int dimension, float[] flat, int[] ids) {
    if (dimension < 1 || flat.length == 0 || flat.length % dimension != 0) {
      throw new IllegalArgumentException(
          "query vectors must have the dimension ["
              + dimension
              + "], got ["
              + flat.length
              + "] values");
    }
    if (ids != null && ids.length != flat.length / dimension) {
      throw new IllegalArgumentException(
          "query vectors must have one id each, got ["
              + ids.length
              + "] for ["
              + flat.length / dimension
              + "] vectors");
    }
    this.dimension = dimension;
    this.flat = flat;
    this.ids = ids;
  }

  /** Whether a vector compares with the tokens of an id. */
  boolean compares(int vector, int id) {
    return ids == null || ids[vector] == id;
  }

  /** Whether each vector compares with the tokens of one id alone. */
  public boolean sameTokens() {
    return ids != null;
  }

  /** Whether any vector compares with the tokens of an id. */
  boolean compares(int id) {
    return ids == null || Arrays.stream(ids).anyMatch(own -> own == id);
  }

  /** The number of vectors. */
  public int count() {
    return flat.length / dimension;
  }

  /** The dimensions of each vector. */
  public int dimension() {
    return dimension;
  }

  /** The number of vectors, padded to what the kernel of an encoding takes. */
  int paddedCount(TokenVectorsEncoding encoding) {
    int block = SignKernel.QUERY_BLOCK;
    return isSigns(encoding) ? (count() + block - 1) / block * block : MaxSimKernel.padded(count());
  }

  /** Whether {@link SignKernel} scores an encoding, and not {@link MaxSimKernel}. */
  static boolean isSigns(TokenVectorsEncoding encoding) {
    return encoding == TokenVectorsEncoding.BITS_1;
  }

  /** The levels of a token, with those that only fill its last byte. */
  static int width(int dimension, TokenVectorsEncoding encoding) {
    int bits = encoding.bits();
    return bits > Byte.SIZE ? dimension : codeLength(dimension, bits) * (Byte.SIZE / bits);
  }

  /** The bytes of a token's levels. */
  static int codeLength(int dimension, int bits) {
    return (dimension * bits + Byte.SIZE - 1) / Byte.SIZE;
  }

  /** The rotated vectors in the layout of {@link MaxSimKernel}, or {@link SignKernel#sums}. */
  float[] columns(TokenVectorsEncoding encoding, TokenSimilarity similarity) {
    return columns.computeIfAbsent(new Coding(encoding, similarity), this::layOut);
  }

  private float[] layOut(Coding coding) {
    TokenVectorsEncoding encoding = coding.encoding;
    int padded = paddedCount(encoding);
    float[][] rows =
        new VectorCoder(dimension, encoding, coding.similarity).rotateQueries(flat, padded);
    int length = codeLength(dimension, encoding.bits());
    if (isSigns(encoding)) {
      return SignKernel.sums(rows, length, padded);
    }
    int width = width(dimension, encoding);
    float[] out = new float[width * padded];
    for (int level = 0; level < width; level++) {
      int d = MaxSimKernel.dimensionOf(level, length, encoding.bits());
      for (int q = 0, block; q < padded && d < dimension; q += block) {
        block = MaxSimKernel.block(q, padded);
        System.arraycopy(rows[d], q, out, q * width + level * block, block);
      }
    }
    return out;
  }
}
