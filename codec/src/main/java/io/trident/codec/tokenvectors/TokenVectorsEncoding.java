/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import java.util.Arrays;

/**
 * How many bits of a rotated vector's dimension are stored. Immutable; the ordinal is written to
 * the index. A vector of {@code d} dimensions takes {@code ceil(d * bits / 8)} bytes and those of
 * its factor: none for {@link #FLOAT32}, one for {@link #BITS_1} by the cosine, else two.
 */
public enum TokenVectorsEncoding {
  /** The sign of each dimension. */
  BITS_1("1bit", 1),
  /** Two bits per dimension, of what is left without a share of an earlier token, by a trellis. */
  BITS_2("2bit", 2),
  /** Sixteen levels per dimension. */
  BITS_4("4bit", 4),
  /** 256 levels per dimension. */
  BITS_8("8bit", 8),
  /** The floats themselves, without rotation or factor. */
  FLOAT32("float32", 32);

  private final String label;
  private final int bits;

  TokenVectorsEncoding(String label, int bits) {
    this.label = label;
    this.bits = bits;
  }

  /** The name in mappings, such as {@code 2bit}. */
  public String label() {
    return label;
  }

  /** The bits of one dimension. */
  public int bits() {
    return bits;
  }

  /** The bytes of one vector's code with its factor. */
  public int bytes(int dimension, TokenSimilarity similarity) {
    return (dimension * bits + 7) / 8 + factorBytes(similarity);
  }

  /** The bytes of a factor. */
  int factorBytes(TokenSimilarity similarity) {
    if (this == FLOAT32) {
      return 0;
    }
    return this == BITS_1 && similarity == TokenSimilarity.COSINE ? 1 : Short.BYTES;
  }

  /**
   * The encoding of a name in mappings.
   *
   * @throws IllegalArgumentException when there is none of that name
   */
  public static TokenVectorsEncoding of(String label) {
    for (TokenVectorsEncoding encoding : values()) {
      if (encoding.label.equals(label)) {
        return encoding;
      }
    }
    throw new IllegalArgumentException(
        "encoding must be one of "
            + Arrays.stream(values()).map(TokenVectorsEncoding::label).toList()
            + ", got ["
            + label
            + "]");
  }
}
