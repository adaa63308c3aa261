/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.util.BytesRef;

/**
 * The token vectors of one document: 0 to 32,767 vectors of 1 to 1,024 finite floats, and the token
 * id (0 or more) of each. The value is a binary doc value in the input layout, which {@link
 * TokenVectorsCoder} turns into codes, when the format flushes or, so that the index writer buffers
 * less, before: byte 0 ({@link #INPUT}), then little-endian a short with the dimension, a short
 * with the number of tokens, an int for each token id, and the floats, vector by vector.
 */
public final class TokenVectorsField extends BinaryDocValuesField {

  /** The first byte of a value that holds floats. */
  public static final byte INPUT = 0;

  /** The fewest dimensions of a vector. */
  public static final int MIN_DIMENSION = 1;

  /** The most dimensions of a vector. */
  public static final int MAX_DIMENSION = 1024;

  /** The most tokens of a document. */
  public static final int MAX_TOKENS = Short.MAX_VALUE;

  /** Bytes of the input layout before the token ids. */
  static final int INPUT_HEADER = 1 + 2 * Short.BYTES;

  /**
   * Makes the field.
   *
   * @param name the field's name
   * @param dimension the dimensions of each vector
   * @param flatValues the vectors, one after the other
   * @param tokenIds one id per vector
   * @throws IllegalArgumentException when a limit is exceeded or a value is not finite
   */
  public TokenVectorsField(String name, int dimension, float[] flatValues, int[] tokenIds) {
    super(name, input(name, dimension, flatValues, tokenIds));
  }

  /**
   * Refuses vectors that the field cannot hold.
   *
   * @throws IllegalArgumentException when a limit is exceeded, a value is not finite, or the
   *     similarity is the cosine and a vector has no length
   */
  static void validate(
      String name, int dimension, float[] flatValues, int tokens, TokenSimilarity similarity) {
    validateShape(name, dimension, flatValues, tokens);
    for (int token = 0; token < tokens && similarity == TokenSimilarity.COSINE; token++) {
      if (VectorCoder.norm(flatValues, token * dimension, dimension) == 0) {
        throw new IllegalArgumentException(
            "field ["
                + name
                + "] compares by cosine and takes no zero vector, but the vector of token ["
                + token
                + "] is zero");
      }
    }
  }

  private static void validateShape(String name, int dimension, float[] flatValues, int tokens) {
    if (dimension < MIN_DIMENSION || dimension > MAX_DIMENSION) {
      throw refused(name, "dimension", MIN_DIMENSION + " to " + MAX_DIMENSION, dimension);
    }
    if (tokens > MAX_TOKENS) {
      throw refused(name, "number of tokens", "at most " + MAX_TOKENS, tokens);
    }
    if (flatValues.length != tokens * dimension) {
      throw refused(
          name,
          "number of values",
          "the number of tokens times the dimension, " + tokens * dimension,
          flatValues.length);
    }
    for (float value : flatValues) {
      if (Float.isFinite(value) == false) {
        throw refused(name, "value", "finite", value);
      }
    }
  }

  private static IllegalArgumentException refused(
      String name, String what, String expected, Object got) {
    return new IllegalArgumentException(
        "field [" + name + "]: " + what + " must be [" + expected + "], got [" + got + "]");
  }

  private static BytesRef input(String name, int dimension, float[] values, int[] tokenIds) {
    validateShape(name, dimension, values, tokenIds.length);
    int size = INPUT_HEADER + Integer.BYTES * (tokenIds.length + values.length);
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.put(INPUT).putShort((short) dimension).putShort((short) tokenIds.length);
    for (int id : tokenIds) {
      if (id < 0) {
        throw refused(name, "token id", "0 or more", id);
      }
      out.putInt(id);
    }
    for (float value : values) {
      out.putFloat(value);
    }
    return new BytesRef(out.array());
  }
}
