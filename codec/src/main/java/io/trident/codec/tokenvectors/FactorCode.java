package io.trident.codec.tokenvectors;

/**
 * How the factor of a code is kept. In two bytes, seven bits of exponent and nine of mantissa, for
 * any length of vectors. Signs of vectors of length 1 need but one: their factor follows from the
 * cosine of the vector and its signs, which is kept in 255ths, within half a hundredth of itself
 * for all but the rarest vectors, where the signs' own error is many hundredths. Floats have no
 * factor. Immutable.
 *
 * @param bytes 0, 1 or 2
 * @param scale for one byte: what divided by the byte is the factor
 */
record FactorCode(int bytes, float scale) {

  private static final int COSINE_STEPS = 255;

  /** The way of a field. */
  static FactorCode of(TokenVectorsEncoding encoding, TokenSimilarity similarity, int dimension) {
    float scale = (float) (2 * COSINE_STEPS / Math.sqrt(Math.max(1, dimension)));
    return new FactorCode(encoding.factorBytes(similarity), scale);
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
      short packed = VectorCoder.packFactor(factor);
      out[offset] = (byte) packed;
      out[offset + 1] = (byte) (packed >>> Byte.SIZE);
    }
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
    return VectorCoder.unpackFactor((short) (low | (code[offset + 1] & 0xFF) << Byte.SIZE));
  }
}
