/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import java.io.IOException;

/**
 * The centroids of a segment's token vectors, each with the documents that have a token near it.
 * They choose candidates and take no part in scores. Not thread-safe.
 */
public abstract class CentroidLists {

  /** How a centroid is coded. It is rotated already, and its length counts. */
  public static final TokenVectorsEncoding ENCODING = TokenVectorsEncoding.BITS_2;

  private static final TokenSimilarity SIMILARITY = TokenSimilarity.DOT_PRODUCT;

  /** For subclasses. */
  protected CentroidLists() {}

  /** The number of centroids. */
  public abstract int count();

  /** Reads the codes of the centroids {@code from} to {@code from + count}. */
  public abstract void readCodes(int from, int count, byte[] out) throws IOException;

  /** The way of the factors in the codes. */
  static FactorCode factors(int dimension) {
    return FactorCode.of(ENCODING, SIMILARITY, dimension);
  }

  /** The documents of a centroid, ascending; none twice. */
  public abstract int[] documents(int centroid) throws IOException;

  /** The bytes of a centroid's code. */
  public static int codeBytes(int dimension) {
    return ENCODING.bytes(dimension, SIMILARITY);
  }

  /** The code of a rotated centroid, {@link #codeBytes} of it. */
  public static byte[] code(float[] centroid) {
    byte[] out = new byte[codeBytes(centroid.length)];
    new VectorCoder(centroid.length, ENCODING, SIMILARITY).encodeRotated(centroid, out, 0);
    return out;
  }
}
