package io.trident.codec.tokenvectors;

import io.trident.codec.encoding.CodeLevels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Turns the vectors of a document into their codes, one after the other. A code depends on nothing
 * outside of its document: rotate, with two bits take away a share of an earlier token ({@link
 * PreviousTokens}), then give each dimension a level, by the closest path through a trellis with
 * two bits ({@link Trellis}), else evenly spaced ({@link EvenLevels}), and keep as the factor
 * {@code <left, v> / <levels, v>}, with {@code left} what was not taken away, all of {@code v} for
 * the other widths: the code then has no error along {@code v}, and estimated dot products are
 * unbiased (RaBitQ: Gao and Long, SIGMOD 2024; more bits: Gao et al., SIGMOD 2025). Not
 * thread-safe.
 */
final class VectorCoder {

  /** By which share of itself the factor may change to be right along the vector. */
  private static final double MOST_TURN = 0.25;

  private final int dimension;
  private final TokenVectorsEncoding encoding;
  private final TokenSimilarity similarity;
  private final RandomRotation rotation;
  private final float[] vector;

  /** Null for floats, which are not rotated either. */
  private final Quantizer quantizer;

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
    this.quantizer = Quantizer.of(encoding, dimension);
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
    if (quantizer != null) {
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
    if (quantizer == null) {
      ByteBuffer.wrap(out, offset, dimension * Float.BYTES)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .put(rest);
      return;
    }
    quantizer.encode(rest, out, offset + factor.bytes());
    writeFactor(rest, out, offset);
  }

  private void writeFactor(float[] rest, byte[] out, int offset) {
    double dot = 0;
    double along = 0;
    double square = 0;
    double squareAlong = 0;
    for (int i = 0; i < dimension; i++) {
      double level = CodeLevels.of(out, offset + factor.bytes(), i, encoding.bits());
      dot += rest[i] * level;
      along += vector[i] * level;
      square += (double) rest[i] * rest[i];
      squareAlong += (double) rest[i] * vector[i];
    }
    if (Math.abs(squareAlong * dot - square * along) < MOST_TURN * square * along) {
      factor.write(along, squareAlong, out, offset);
    } else {
      factor.write(dot, square, out, offset);
    }
  }

  private void load(float[] flat, int from) {
    loadUnrotated(flat, from);
    if (quantizer != null) {
      rotation.rotate(vector);
    }
  }

  private void loadUnrotated(float[] flat, int from) {
    double norm = similarity == TokenSimilarity.COSINE ? norm(flat, from, dimension) : 1;
    for (int i = 0; i < dimension; i++) {
      vector[i] = norm == 0 ? 0 : (float) (flat[from + i] / norm);
    }
  }
}
