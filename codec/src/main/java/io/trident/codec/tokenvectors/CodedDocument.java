/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.util.BytesRef;

/**
 * The token vectors of one document in the coded layout of {@link TokenVectorsCoder}, as they may
 * come from anyone: what an index could not read is refused.
 *
 * @param encoding how each vector is coded
 * @param similarity how two vectors compare
 * @param dimension of each vector
 * @param value the layout
 */
public record CodedDocument(
    TokenVectorsEncoding encoding, TokenSimilarity similarity, int dimension, BytesRef value) {

  /**
   * Codes the vectors of a document.
   *
   * @param flat the vectors, one after the other
   * @param ids the id of each token
   * @throws IllegalArgumentException when they are no vectors that a field can hold
   */
  public static CodedDocument encode(
      TokenVectorsEncoding encoding,
      TokenSimilarity similarity,
      int dimension,
      float[] flat,
      int[] ids) {
    String name = "tokens";
    BytesRef floats = new TokenVectorsField(name, dimension, flat, ids).binaryValue();
    BytesRef coded = new TokenVectorsCoder(name, encoding, similarity).code(floats);
    return new CodedDocument(encoding, similarity, dimension, coded);
  }

  /**
   * Reads the layout.
   *
   * @throws IllegalArgumentException when the bytes are not in it
   */
  public static CodedDocument read(byte[] bytes) {
    require(bytes.length >= TokenVectorsCoder.CODED_HEADER, "a header");
    require(bytes[0] == TokenVectorsCoder.CODED, "the layout [" + TokenVectorsCoder.CODED + "]");
    require(bytes[1] >= 0 && bytes[1] < TokenVectorsEncoding.values().length, "a known encoding");
    require(bytes[2] >= 0 && bytes[2] < TokenSimilarity.values().length, "a known similarity");
    int dimension = (bytes[3] & 0xFF) | (bytes[4] & 0xFF) << Byte.SIZE;
    require(
        dimension >= TokenVectorsField.MIN_DIMENSION
            && dimension <= TokenVectorsField.MAX_DIMENSION,
        TokenVectorsField.MIN_DIMENSION + " to " + TokenVectorsField.MAX_DIMENSION + " dimensions");
    CodedDocument document =
        new CodedDocument(
            TokenVectorsEncoding.values()[bytes[1]],
            TokenSimilarity.values()[bytes[2]],
            dimension,
            new BytesRef(bytes));
    document.checkStored();
    return document;
  }

  private static void require(boolean there, String what) {
    if (there == false) {
      throw new IllegalArgumentException("codes of token vectors must have " + what);
    }
  }

  private void checkStored() {
    require(
        value.length >= TokenVectorsCoder.CODED_HEADER + TokenVectorsCoder.STORED_HEADER,
        "a number of tokens");
    byte[] stored = new byte[value.length - TokenVectorsCoder.CODED_HEADER];
    System.arraycopy(value.bytes, TokenVectorsCoder.CODED_HEADER, stored, 0, stored.length);
    int codeBytes = encoding.bytes(dimension, similarity);
    long length = TokenVectorsCoder.storedLength(stored, codeBytes);
    require(length == stored.length, "as many bytes as their number of tokens says");
    FactorCode factor = FactorCode.of(encoding, similarity, dimension);
    int tokens = TokenVectorsCoder.tokenCount(stored);
    for (int token = 0; token < tokens && factor.distanceBits() > 0; token++) {
      int offset = stored.length - (tokens - token) * codeBytes;
      require(factor.readDistance(stored, offset) <= token, "tokens that go on from earlier ones");
    }
  }

  /** The ids of the tokens. */
  public List<Integer> ids() {
    CodedTokens tokens = tokens();
    List<Integer> ids = new ArrayList<>(tokens.count());
    for (int token = 0; token < tokens.count(); token++) {
      ids.add(tokens.id(token));
    }
    return ids;
  }

  /** The vectors that the codes stand for. */
  public List<float[]> vectors() {
    CodedTokens tokens = tokens();
    List<float[]> vectors = new ArrayList<>(tokens.count());
    for (int token = 0; token < tokens.count(); token++) {
      vectors.add(tokens.decode(token));
    }
    return vectors;
  }

  private CodedTokens tokens() {
    CodedTokens tokens = new CodedTokens(dimension, encoding, similarity);
    tokens.reset(value);
    return tokens;
  }
}
