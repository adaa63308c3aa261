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
 * Turns the value of a {@link TokenVectorsField} into the coded layout and leaves a value that is
 * coded already as it is, which is what makes merges copy codes.
 *
 * <p>Coded layout, little-endian: byte 1 ({@link #CODED}), byte ordinal of the encoding, byte
 * ordinal of the similarity, short dimension, then what is stored for the document: short number of
 * tokens {@code n}, byte bits of a token id {@code w}, {@code ceil(n * w / 8)} bytes of token ids,
 * lowest bits first, and {@code n} codes. A code is the factor, then the levels ({@link
 * io.trident.codec.encoding.CodeLevels}); or, for {@link TokenVectorsEncoding#FLOAT32}, the floats
 * alone. The factor is a short (seven bits of exponent, nine of mantissa); or, for {@link
 * TokenVectorsEncoding#BITS_1} by the cosine, a byte {@code u}, 0 for the factor 0, else for {@code
 * 510 / (u * sqrt(dimension))}. With {@link TokenVectorsEncoding#BITS_2} they have six and five
 * bits, by the cosine four and seven, and the lowest five bits say how many tokens back the one is
 * of whose vector, as its code stands for it, three quarters are to be added; 0 for none.
 *
 * <p>Not thread-safe.
 */
public final class TokenVectorsCoder {

  /** The first byte of a value that holds codes. */
  public static final byte CODED = 1;

  /** Bytes of the coded layout before what is stored for the document. */
  public static final int CODED_HEADER = 3 + Short.BYTES;

  /** Bytes of what is stored for a document before its token ids. */
  public static final int STORED_HEADER = Short.BYTES + 1;

  /** The longest vector whose factor fits, at two bits per dimension and by dot product. */
  static final float MAX_LENGTH_2_BITS = 1e10f;

  private final String field;
  private final TokenVectorsEncoding encoding;
  private final TokenSimilarity similarity;
  private int dimension;
  private VectorCoder coder;

  /** Makes a coder for the values of one field. */
  public TokenVectorsCoder(
      String field, TokenVectorsEncoding encoding, TokenSimilarity similarity) {
    this.field = field;
    this.encoding = encoding;
    this.similarity = similarity;
  }

  /** The dimensions of the vectors seen so far, or 0 when there were none. */
  public int dimension() {
    return dimension;
  }

  /**
   * The coded layout of a value.
   *
   * @throws IllegalArgumentException when the value has another dimension, encoding or similarity
   *     than the field, or is in neither layout
   */
  public BytesRef code(BytesRef value) {
    ByteBuffer in =
        ByteBuffer.wrap(value.bytes, value.offset, value.length).order(ByteOrder.LITTLE_ENDIAN);
    if (value.length < CODED_HEADER) {
      throw new IllegalArgumentException("field [" + field + "] has a value of no known layout");
    }
    byte layout = in.get();
    if (layout == CODED) {
      requireEqual("encoding", encoding.ordinal(), in.get());
      requireEqual("similarity", similarity.ordinal(), in.get());
      requireDimension(in.getShort());
      return value;
    }
    if (layout != TokenVectorsField.INPUT) {
      throw new IllegalArgumentException(
          "field [" + field + "] has a value of the unknown layout [" + layout + "]");
    }
    requireDimension(in.getShort());
    return encode(in);
  }

  private BytesRef encode(ByteBuffer in) {
    int tokens = in.getShort();
    int[] ids = new int[tokens];
    int all = 0;
    for (int i = 0; i < tokens; i++) {
      ids[i] = in.getInt();
      all |= ids[i];
    }
    float[] flat = new float[tokens * dimension];
    in.asFloatBuffer().get(flat);
    TokenVectorsField.validate(field, dimension, flat, tokens, similarity);
    checkLengths(flat, tokens);
    int idBits = Integer.SIZE - Integer.numberOfLeadingZeros(all);
    int codes = CODED_HEADER + codesOffset(tokens, idBits);
    byte[] out = new byte[codes + tokens * encoding.bytes(dimension, similarity)];
    putHeader(out, encoding, similarity, dimension);
    out[CODED_HEADER] = (byte) tokens;
    out[CODED_HEADER + 1] = (byte) (tokens >>> 8);
    out[CODED_HEADER + 2] = (byte) idBits;
    packIds(ids, idBits, out, CODED_HEADER + STORED_HEADER);
    coder.encode(flat, out, codes);
    return new BytesRef(out);
  }

  /** Refuses vectors whose length the bits of a factor would cut. */
  private void checkLengths(float[] flat, int tokens) {
    boolean bounded =
        encoding == TokenVectorsEncoding.BITS_2 && similarity == TokenSimilarity.DOT_PRODUCT;
    for (int token = 0; token < tokens && bounded; token++) {
      double length = VectorCoder.norm(flat, token * dimension, dimension);
      if (length > MAX_LENGTH_2_BITS) {
        throw new IllegalArgumentException(
            "field ["
                + field
                + "]: at two bits per dimension by dot product, a vector must have a length of at"
                + " most ["
                + MAX_LENGTH_2_BITS
                + "], got ["
                + length
                + "]");
      }
    }
  }

  /** Writes the header of the coded layout to the start of {@code out}. */
  public static void putHeader(
      byte[] out, TokenVectorsEncoding encoding, TokenSimilarity similarity, int dimension) {
    out[0] = CODED;
    out[1] = (byte) encoding.ordinal();
    out[2] = (byte) similarity.ordinal();
    out[3] = (byte) dimension;
    out[4] = (byte) (dimension >>> 8);
  }

  /** The bytes that a document takes by its header, or -1 when the header cannot be right. */
  public static long storedLength(byte[] stored, int codeBytes) {
    int tokens = tokenCount(stored);
    int idBits = stored[Short.BYTES];
    return tokens > TokenVectorsField.MAX_TOKENS || idBits < 0 || idBits >= Integer.SIZE
        ? -1
        : codesOffset(tokens, idBits) + (long) tokens * codeBytes;
  }

  /** The number of tokens of what is stored for a document. */
  static int tokenCount(byte[] stored) {
    return (stored[0] & 0xFF) | (stored[1] & 0xFF) << Byte.SIZE;
  }

  /** Where the codes begin in what is stored for a document. */
  static int codesOffset(int tokens, int idBits) {
    return STORED_HEADER + (tokens * idBits + 7) / 8;
  }

  private static void packIds(int[] ids, int idBits, byte[] out, int offset) {
    int at = 0;
    for (int id : ids) {
      for (int bit = 0; bit < idBits; bit++, at++) {
        out[offset + at / 8] |= (byte) (((id >>> bit) & 1) << (at % 8));
      }
    }
  }

  /** The ids of the tokens of a value in the coded layout. */
  public static int[] ids(BytesRef coded) {
    int start = coded.offset + CODED_HEADER;
    byte[] header = Arrays.copyOfRange(coded.bytes, start, start + STORED_HEADER);
    int[] ids = new int[tokenCount(header)];
    int end = start + codesOffset(ids.length, header[Short.BYTES]);
    byte[] stored = Arrays.copyOfRange(coded.bytes, start, end);
    Arrays.setAll(ids, token -> unpackId(stored, token));
    return ids;
  }

  /** The id of a token from what is stored for its document. */
  static int unpackId(byte[] stored, int token) {
    int idBits = stored[Short.BYTES];
    int id = 0;
    for (int bit = 0, at = token * idBits; bit < idBits; bit++, at++) {
      id |= ((stored[STORED_HEADER + at / 8] >>> (at % 8)) & 1) << bit;
    }
    return id;
  }

  private void requireDimension(int got) {
    if (dimension == 0) {
      dimension = got;
      coder = new VectorCoder(got, encoding, similarity);
    }
    requireEqual("dimension", dimension, got);
  }

  private void requireEqual(String what, int expected, int got) {
    if (expected != got) {
      throw new IllegalArgumentException(
          "field [" + field + "] has the " + what + " [" + expected + "], but got [" + got + "]");
    }
  }
}
