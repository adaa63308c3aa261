/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import io.trident.codec.encoding.CodeLevels;

/**
 * Turns the codes of a document's tokens, one after the other, into the rotated vectors that they
 * stand for. Not thread-safe.
 */
final class VectorDecoder {

  private final int dimension;
  private final int bits;
  private final FactorCode factor;
  private final PreviousTokens previous;

  /** Decodes vectors of one field, whose encoding is not {@link TokenVectorsEncoding#FLOAT32}. */
  VectorDecoder(int dimension, TokenVectorsEncoding encoding, TokenSimilarity similarity) {
    this.dimension = dimension;
    this.bits = encoding.bits();
    this.factor = FactorCode.of(encoding, similarity, dimension);
    this.previous = new PreviousTokens(dimension);
  }

  /** Begins another document. */
  void clear() {
    previous.clear();
  }

  /** Puts the next token's vector into the first {@code dimension} of {@code out}. */
  void next(byte[] codes, int offset, float[] out) {
    float unit = factor.read(codes, offset);
    float[] share = previous.share(factor.readDistance(codes, offset));
    int from = offset + factor.bytes();
    for (int d = 0; d < dimension; d++) {
      out[d] = unit * CodeLevels.of(codes, from, d, bits) + share[d];
    }
    if (factor.distanceBits() > 0) {
      previous.add(out);
    }
  }
}
