/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

/**
 * How the factor of a code is kept. In two bytes, seven bits of exponent and nine of mantissa, for
 * any length of vectors. Above the distance of the token that the code goes on from ({@link
 * PreviousTokens}) six and five, so that it is within a sixtieth of itself; or, where vectors have
 * the length 1 and the factor is between 2^-12 and 16, four and seven, within a 250th. Signs of
 * vectors of length 1 need but one byte: their factor follows from the cosine of the vector and its
 * signs, which is kept in 255ths, within half a hundredth of itself for all but the rarest vectors,
 * where the signs' own error is many hundredths. Floats have no factor. Immutable.
 *
 * @param bytes 0, 1 or 2
 * @param distanceBits of two bytes, the lowest bits, which hold a distance; 0 when there is none
 * @param exponentBits of two bytes, the highest bits
 * @param leastExponent of two bytes, the power of two that an exponent of zeros stands for
 * @param scale for one byte: what divided by the byte is the factor
 */
record FactorCode(int bytes, int distanceBits, int exponentBits, int leastExponent, float scale) {

  private static final int FLOAT_MANTISSA_BITS = 23;
  private static final int FLOAT_BIAS = 127;

  private static final int COSINE_STEPS = 255;

  /** The way of a field. */
  static FactorCode of(TokenVectorsEncoding encoding, TokenSimilarity similarity, int dimension) {
    float scale = (float) (2 * COSINE_STEPS / Math.sqrt(Math.max(1, dimension)));
    int bytes = encoding.factorBytes(similarity);
    if (encoding != TokenVectorsEncoding.BITS_2) {
      return new FactorCode(bytes, 0, 7, -63, scale);
    }
    return similarity == TokenSimilarity.COSINE
        ? new FactorCode(bytes, PreviousTokens.DISTANCE_BITS, 4, -12, scale)
        : new FactorCode(bytes, PreviousTokens.DISTANCE_BITS, 6, -31, scale);
  }

  /**
   * Writes a factor.
   *
   * @param dot of the vector and its levels
   * @param square the vector's squared length
   */
  void write(double dot, double square, byte[] out, int offset) {
    float factor = dot == 0 ? 0 : (float) (square / dot);
    if (bytes == 1) {
      out[offset] = (byte) (factor == 0 ? 0 : Math.clamp(Math.round(scale / factor), 1, 0xFF));
    } else {
      int packed = pack(factor);
      out[offset] = (byte) packed;
      out[offset + 1] = (byte) (packed >>> Byte.SIZE);
    }
  }

  /** Writes a distance beside the factor that was written before. */
  void writeDistance(int distance, byte[] out, int offset) {
    out[offset] |= (byte) distance;
  }

  /** Reads a distance; 0 where none is kept. */
  int readDistance(byte[] code, int offset) {
    return code[offset] & ((1 << distanceBits) - 1);
  }

  private int mantissaBits() {
    return Short.SIZE - exponentBits - distanceBits;
  }

  /** What the bits of a float have more than ours, for the bias of the exponent. */
  private int bias() {
    return (FLOAT_BIAS + leastExponent) << mantissaBits();
  }

  private int pack(float factor) {
    int shift = FLOAT_MANTISSA_BITS - mantissaBits();
    int rounded = (Float.floatToIntBits(factor) + (1 << (shift - 1))) >> shift;
    return Math.clamp(rounded - bias(), 0, 0xFFFF >>> distanceBits) << distanceBits;
  }

  private float unpack(int packed) {
    int bits = packed >>> distanceBits;
    return bits == 0
        ? 0
        : Float.intBitsToFloat((bits + bias()) << (FLOAT_MANTISSA_BITS - mantissaBits()));
  }

  /** Reads a factor; 1 where none is kept. */
  float read(byte[] code, int offset) {
    if (bytes == 0) {
      return 1;
    }
    int low = code[offset] & 0xFF;
    if (bytes == 1) {
      return low == 0 ? 0 : scale / low;
    }
    return unpack(low | (code[offset + 1] & 0xFF) << Byte.SIZE);
  }
}
