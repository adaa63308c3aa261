/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.lucene.util.BytesRef;

/**
 * The tokens of one coded value as floats, one at a time, for clustering and for reading back. Not
 * thread-safe.
 */
public final class CodedTokens {

  private final int dimension;
  private final boolean floats;
  private final boolean chained;
  private final int codeBytes;
  private final RandomRotation rotation;
  private final VectorDecoder decoder;
  private byte[] stored = new byte[0];
  private int codes;
  private int next;

  /** Reads values of one field. */
  public CodedTokens(int dimension, TokenVectorsEncoding encoding, TokenSimilarity similarity) {
    this.dimension = dimension;
    this.floats = encoding == TokenVectorsEncoding.FLOAT32;
    this.chained = FactorCode.of(encoding, similarity, dimension).distanceBits() > 0;
    this.codeBytes = encoding.bytes(dimension, similarity);
    this.rotation = new RandomRotation(dimension);
    this.decoder = new VectorDecoder(dimension, encoding, similarity);
  }

  /** Goes to another value in the coded layout of {@link TokenVectorsCoder}. */
  public void reset(BytesRef coded) {
    stored =
        Arrays.copyOfRange(
            coded.bytes,
            coded.offset + TokenVectorsCoder.CODED_HEADER,
            coded.offset + coded.length);
    codes = TokenVectorsCoder.codesOffset(count(), stored[Short.BYTES]);
    restart();
  }

  /** The number of tokens. */
  public int count() {
    return TokenVectorsCoder.tokenCount(stored);
  }

  /** The id of a token. */
  public int id(int token) {
    return TokenVectorsCoder.unpackId(stored, token);
  }

  private void restart() {
    next = 0;
    decoder.clear();
  }

  /** What the code of a token stands for, not rotated; best asked for in ascending order. */
  public float[] decode(int token) {
    float[] vector = new float[dimension];
    vector(token, vector);
    rotation.unrotate(vector);
    return vector;
  }

  /**
   * Puts what the code of a token stands for into the first {@code dimension} of {@code out}. Where
   * codes go on from earlier ones, tokens are best asked for in ascending order.
   */
  public void vector(int token, float[] out) {
    if (floats) {
      ByteBuffer.wrap(stored, codes + token * codeBytes, codeBytes)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(out, 0, dimension);
      rotation.rotate(out);
      return;
    }
    if (token < next) {
      restart();
    }
    for (next = chained ? next : token; next <= token; next++) {
      decoder.next(stored, codes + next * codeBytes, out);
    }
  }
}
