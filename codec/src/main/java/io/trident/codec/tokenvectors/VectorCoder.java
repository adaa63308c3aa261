/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

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
  private static final double MAX_TURN = 0.25;

  /** Vectors that are rotated at once. */
  private static final int AT_ONCE = 128;

  private final int dimension;
  private final TokenVectorsEncoding encoding;
  private final TokenSimilarity similarity;
  private final RandomRotation rotation;
  private final float[] vector;

  /** Null for floats, which are not rotated either. */
  private final Quantizer quantizer;

  private final FactorCode factor;
  private final PreviousTokens previous;
  private final float[] left;
  private final float[] levels;
  private final float[] decoded;

  VectorCoder(int dimension, TokenVectorsEncoding encoding, TokenSimilarity similarity) {
    this.dimension = dimension;
    this.encoding = encoding;
    this.similarity = similarity;
    this.rotation = new RandomRotation(dimension);
    this.vector = new float[dimension];
    this.quantizer = Quantizer.of(encoding, dimension);
    this.factor = FactorCode.of(encoding, similarity, dimension);
    this.previous = new PreviousTokens(dimension);
    this.left = new float[dimension];
    this.levels = new float[dimension];
    this.decoded = new float[dimension];
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
   * @return a row of {@code padded} values per dimension, 0 beyond the vectors
   */
  float[][] rotateQueries(float[] flat, int padded) {
    return load(flat, 0, flat.length / dimension, padded);
  }

  /** Vectors as they are coded, one row per dimension. */
  private float[][] load(float[] flat, int from, int count, int padded) {
    float[][] rows = new float[dimension][padded];
    for (int i = 0; i < count; i++) {
      loadUnrotated(flat, (from + i) * dimension);
      for (int d = 0; d < dimension; d++) {
        rows[d][i] = vector[d];
      }
    }
    if (quantizer != null) {
      rotation.rotate(rows);
    }
    return rows;
  }

  /**
   * Writes the codes of a document's vectors, each with its factor first, one after the other to
   * where there are zeros.
   *
   * @param flat the vectors one after the other
   */
  void encode(float[] flat, byte[] out, int offset) {
    previous.clear();
    int count = flat.length / dimension;
    int codeBytes = encoding.bytes(dimension, similarity);
    for (int from = 0; from < count; from += AT_ONCE) {
      int some = Math.min(AT_ONCE, count - from);
      float[][] rows = load(flat, from, some, some);
      for (int i = 0; i < some; i++) {
        for (int d = 0; d < dimension; d++) {
          vector[d] = rows[d][i];
        }
        encodeNext(out, offset + (from + i) * codeBytes);
      }
    }
  }

  /** Writes the code of the loaded vector, which goes on from an earlier one where that is near. */
  private void encodeNext(byte[] out, int offset) {
    if (factor.distanceBits() == 0) {
      encodeRest(vector, out, offset);
      return;
    }
    int distance = previous.nearest(vector);
    float[] share = previous.share(distance);
    for (int i = 0; i < dimension; i++) {
      left[i] = vector[i] - share[i];
    }
    encodeRest(left, out, offset);
    float unit = factor.read(out, offset);
    for (int i = 0; i < dimension; i++) {
      decoded[i] = unit * levels[i] + share[i];
    }
    factor.writeDistance(distance, out, offset);
    previous.add(decoded);
  }

  /** Writes the code of a vector that is rotated already and of no document. */
  void encodeRotated(float[] rotated, byte[] out, int offset) {
    System.arraycopy(rotated, 0, vector, 0, dimension);
    encodeRest(vector, out, offset);
  }

  /** Writes the code of what is left of the loaded vector. */
  private void encodeRest(float[] rest, byte[] out, int offset) {
    if (quantizer == null) {
      ByteBuffer.wrap(out, offset, dimension * Float.BYTES)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .put(rest);
      return;
    }
    quantizer.encode(rest, out, offset + factor.bytes(), levels);
    writeFactor(rest, out, offset);
  }

  private void writeFactor(float[] rest, byte[] out, int offset) {
    double dot = 0;
    double along = 0;
    double square = 0;
    double squareAlong = 0;
    for (int i = 0; i < dimension; i++) {
      double level = levels[i];
      dot += rest[i] * level;
      along += vector[i] * level;
      square += (double) rest[i] * rest[i];
      squareAlong += (double) rest[i] * vector[i];
    }
    if (Math.abs(squareAlong * dot - square * along) < MAX_TURN * square * along) {
      factor.write(along, squareAlong, out, offset);
    } else {
      factor.write(dot, square, out, offset);
    }
  }

  private void loadUnrotated(float[] flat, int from) {
    double norm = similarity == TokenSimilarity.COSINE ? norm(flat, from, dimension) : 1;
    for (int i = 0; i < dimension; i++) {
      vector[i] = norm == 0 ? 0 : (float) (flat[from + i] / norm);
    }
  }
}
