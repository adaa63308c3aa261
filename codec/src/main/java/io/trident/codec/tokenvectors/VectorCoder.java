package io.trident.codec.tokenvectors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Turns one vector into its code and a code into its rotated vector. The code does not depend on
 * any other vector: rotate, then give each dimension one of {@code 2^b} evenly spaced levels {@code
 * u - (2^b - 1) / 2}, with the spacing that makes the levels' direction closest to the vector's,
 * and keep as the factor {@code |v|^2 / <v, levels>}, which makes estimated dot products unbiased
 * (RaBitQ: Gao and Long, SIGMOD 2024; more bits: Gao et al., SIGMOD 2025). Not thread-safe.
 */
final class VectorCoder {

  private static final int SPACINGS = 32;
  private static final int FACTOR_SHIFT = 14;
  private static final int FACTOR_BIAS = (127 - 63) << 9;

  private final int dimension;
  private final TokenVectorsEncoding encoding;
  private final TokenSimilarity similarity;
  private final RandomRotation rotation;
  private final float[] vector;
  private final int levels;
  private final FactorCode factor;

  VectorCoder(int dimension, TokenVectorsEncoding encoding, TokenSimilarity similarity) {
    this.dimension = dimension;
    this.encoding = encoding;
    this.similarity = similarity;
    this.rotation = new RandomRotation(dimension);
    this.vector = new float[dimension];
    this.levels = encoding == TokenVectorsEncoding.FLOAT32 ? 0 : 1 << encoding.bits();
    this.factor = FactorCode.of(encoding, similarity, dimension);
  }

  /** The Euclidean length of a part of an array. */
  static double norm(float[] values, int from, int length) {
    double sum = 0;
    for (int i = from; i < from + length; i++) {
      sum += (double) values[i] * values[i];
    }
    return Math.sqrt(sum);
  }

  /**
   * Turns query vectors the way the codes were turned.
   *
   * @param flat the vectors one after the other
   * @param padded at least as many as there are vectors
   * @return a row of {@code padded} values a dimension, 0 beyond the vectors
   */
  float[][] rotateQueries(float[] flat, int padded) {
    float[][] rows = new float[dimension][padded];
    for (int q = 0; q * dimension < flat.length; q++) {
      loadUnrotated(flat, q * dimension);
      for (int d = 0; d < dimension; d++) {
        rows[d][q] = vector[d];
      }
    }
    if (levels > 0) {
      rotation.rotate(rows);
    }
    return rows;
  }

  /** Writes the code of the vector that starts at {@code from}, factor first. */
  void encode(float[] flat, int from, byte[] out, int offset) {
    load(flat, from);
    encodeLoaded(out, offset);
  }

  /** Writes the code of a vector that is rotated already. */
  void encodeRotated(float[] rotated, byte[] out, int offset) {
    System.arraycopy(rotated, 0, vector, 0, dimension);
    encodeLoaded(out, offset);
  }

  private void encodeLoaded(byte[] out, int offset) {
    if (levels == 0) {
      ByteBuffer.wrap(out, offset, dimension * Float.BYTES)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .put(vector);
      return;
    }
    double spacing = bestSpacing();
    double dot = 0;
    double norm = norm(vector, 0, dimension);
    int shift = encoding.bits();
    int perByte = 8 / shift;
    for (int i = 0; i < dimension; i++) {
      int level = level(vector[i], spacing);
      dot += vector[i] * centred(level);
      out[offset + factor.bytes() + i / perByte] |= (byte) (level << ((i % perByte) * shift));
    }
    factor.write(dot, norm * norm, out, offset);
  }

  private void load(float[] flat, int from) {
    loadUnrotated(flat, from);
    if (levels > 0) {
      rotation.rotate(vector);
    }
  }

  private void loadUnrotated(float[] flat, int from) {
    double norm = similarity == TokenSimilarity.COSINE ? norm(flat, from, dimension) : 1;
    for (int i = 0; i < dimension; i++) {
      vector[i] = norm == 0 ? 0 : (float) (flat[from + i] / norm);
    }
  }

  private double bestSpacing() {
    double largest = 0;
    for (float value : vector) {
      largest = Math.max(largest, Math.abs(value));
    }
    double widest = 2 * largest / levels;
    double best = widest;
    double bestCosine = -1;
    for (int i = SPACINGS; levels > 2 && largest > 0 && i > 0; i--) {
      double spacing = widest * i / SPACINGS;
      double cosine = cosine(spacing);
      if (cosine > bestCosine) {
        bestCosine = cosine;
        best = spacing;
      }
    }
    return best;
  }

  private double cosine(double spacing) {
    double dot = 0;
    double square = 0;
    for (float value : vector) {
      double x = centred(level(value, spacing));
      dot += value * x;
      square += x * x;
    }
    return dot / Math.sqrt(square);
  }

  private int level(float value, double spacing) {
    if (spacing == 0) {
      return levels / 2;
    }
    int level = (int) Math.floor(value / spacing) + levels / 2;
    return Math.max(0, Math.min(levels - 1, level));
  }

  private double centred(int level) {
    return level - (levels - 1) / 2.0;
  }

  /**
   * A factor of 0 or more in two bytes: seven bits of exponent and nine of mantissa, so that it is
   * within a thousandth between 2^-63 and 2^64.
   */
  static short packFactor(float factor) {
    int bits =
        ((Float.floatToIntBits(factor) + (1 << (FACTOR_SHIFT - 1))) >> FACTOR_SHIFT) - FACTOR_BIAS;
    return (short) Math.max(0, Math.min(0xFFFF, bits));
  }

  /** The factor that {@link #packFactor} packed. */
  static float unpackFactor(short packed) {
    int bits = packed & 0xFFFF;
    return bits == 0 ? 0 : Float.intBitsToFloat((bits + FACTOR_BIAS) << FACTOR_SHIFT);
  }
}
