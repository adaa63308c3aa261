package io.trident.codec.tokenvectors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Turns the vectors of a document into their codes, one after the other. A code depends on nothing
 * outside of its document: rotate, with two bits take away a share of an earlier token ({@link
 * PreviousTokens}), then give each dimension one of {@code 2^b} evenly spaced levels {@code u -
 * (2^b - 1) / 2}, with the spacing that makes the levels' direction closest to the vector's, and
 * keep as the factor {@code <left, v> / <levels, v>}, with {@code left} what was not taken away,
 * all of {@code v} for the other widths: the code then has no error along {@code v}, and estimated
 * dot products are unbiased (RaBitQ: Gao and Long, SIGMOD 2024; more bits: Gao et al., SIGMOD
 * 2025). Not thread-safe.
 */
final class VectorCoder {

  private static final int SPACINGS = 32;

  /** By which share of itself the factor may change to be right along the vector. */
  private static final double MOST_TURN = 0.25;

  private final int dimension;
  private final TokenVectorsEncoding encoding;
  private final TokenSimilarity similarity;
  private final RandomRotation rotation;
  private final float[] vector;
  private final int levels;
  private final FactorCode factor;
  private final VectorDecoder decoder;
  private final float[] decoded;
  private final float[] left;

  VectorCoder(int dimension, TokenVectorsEncoding encoding, TokenSimilarity similarity) {
    this.dimension = dimension;
    this.encoding = encoding;
    this.similarity = similarity;
    this.rotation = new RandomRotation(dimension);
    this.vector = new float[dimension];
    this.levels = encoding == TokenVectorsEncoding.FLOAT32 ? 0 : 1 << encoding.bits();
    this.factor = FactorCode.of(encoding, similarity, dimension);
    this.decoder = new VectorDecoder(dimension, encoding, similarity);
    this.decoded = new float[dimension];
    this.left = new float[dimension];
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

  /** Begins another document. */
  void clear() {
    decoder.clear();
  }

  /**
   * Writes the code of the document's next vector, which starts at {@code from}, factor first, to
   * where there are zeros.
   */
  void encode(float[] flat, int from, byte[] out, int offset) {
    load(flat, from);
    if (factor.distanceBits() == 0) {
      encode(vector, out, offset);
      return;
    }
    int distance = decoder.previous().nearest(vector);
    float[] share = decoder.previous().share(distance);
    for (int i = 0; i < dimension; i++) {
      left[i] = vector[i] - share[i];
    }
    encode(left, out, offset);
    factor.writeDistance(distance, out, offset);
    decoder.next(out, offset, decoded);
  }

  /** Writes the code of a vector that is rotated already and of no document. */
  void encodeRotated(float[] rotated, byte[] out, int offset) {
    System.arraycopy(rotated, 0, vector, 0, dimension);
    encode(vector, out, offset);
  }

  /** Writes the code of what is left of the loaded vector. */
  private void encode(float[] rest, byte[] out, int offset) {
    if (levels == 0) {
      ByteBuffer.wrap(out, offset, dimension * Float.BYTES)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .put(rest);
      return;
    }
    double spacing = bestSpacing(rest);
    double dot = 0;
    double along = 0;
    double square = 0;
    double squareAlong = 0;
    int shift = encoding.bits();
    int perByte = 8 / shift;
    for (int i = 0; i < dimension; i++) {
      int level = level(rest[i], spacing);
      dot += rest[i] * centred(level);
      along += vector[i] * centred(level);
      square += (double) rest[i] * rest[i];
      squareAlong += (double) rest[i] * vector[i];
      out[offset + factor.bytes() + i / perByte] |= (byte) (level << ((i % perByte) * shift));
    }
    if (Math.abs(squareAlong * dot - square * along) < MOST_TURN * square * along) {
      factor.write(along, squareAlong, out, offset);
    } else {
      factor.write(dot, square, out, offset);
    }
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

  private double bestSpacing(float[] rest) {
    double largest = 0;
    for (float value : rest) {
      largest = Math.max(largest, Math.abs(value));
    }
    double widest = 2 * largest / levels;
    double best = widest;
    double bestCosine = -1;
    for (int i = SPACINGS; levels > 2 && largest > 0 && i > 0; i--) {
      double spacing = widest * i / SPACINGS;
      double cosine = cosine(rest, spacing);
      if (cosine > bestCosine) {
        bestCosine = cosine;
        best = spacing;
      }
    }
    return best;
  }

  private double cosine(float[] rest, double spacing) {
    double dot = 0;
    double square = 0;
    for (float value : rest) {
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
}
