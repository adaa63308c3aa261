package io.trident.codec.tokenvectors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * MaxSim on codes: for each query vector the largest dot product with any of the document's
 * vectors, summed (ColBERT: Khattab and Zaharia, SIGIR 2020). One token's levels at a time are
 * widened to floats, and multiplied with all query vectors at once; the factor is applied to the
 * products. Not thread-safe.
 */
public final class MaxSimScorer {

  private final TokenVectorsValues values;
  private final int dimension;
  private final int queries;
  private final int bits;
  private final int codeBytes;

  /** Query values by dimension, then by query vector. */
  private final float[] columns;

  private final float[] levels;
  private final float[] products;
  private final float[] best;
  private final int[] bestToken;

  MaxSimScorer(TokenVectorsValues values, float[] flatQuery) {
    this.values = values;
    this.dimension = values.dimension();
    if (flatQuery.length == 0 || flatQuery.length % dimension != 0) {
      throw new IllegalArgumentException(
          "query vectors must have the dimension ["
              + dimension
              + "], got ["
              + flatQuery.length
              + "] values");
    }
    this.queries = flatQuery.length / dimension;
    this.bits = values.encoding().bits();
    this.codeBytes = values.encoding().bytes(dimension);
    VectorCoder coder = new VectorCoder(dimension, values.encoding(), values.similarity());
    this.columns = transpose(coder.rotateQuery(flatQuery));
    this.levels = new float[(dimension + 7) / 8 * 8];
    this.products = new float[queries];
    this.best = new float[queries];
    this.bestToken = new int[queries];
  }

  private float[] transpose(float[] flat) {
    float[] out = new float[levelsLength() * queries];
    for (int q = 0; q < queries; q++) {
      for (int i = 0; i < dimension; i++) {
        out[i * queries + q] = flat[q * dimension + i];
      }
    }
    return out;
  }

  private int levelsLength() {
    return (dimension + 7) / 8 * 8;
  }

  /**
   * MaxSim of the current document.
   *
   * @return the sum, negative when the vectors point away from each other; 0 without tokens
   */
  public float score() throws IOException {
    int tokens = values.tokenCount();
    if (tokens == 0) {
      return 0;
    }
    byte[] stored = values.stored();
    Arrays.fill(best, Float.NEGATIVE_INFINITY);
    int offset = TokenVectorsCoder.codesOffset(tokens, stored[Short.BYTES]);
    for (int token = 0; token < tokens; token++, offset += codeBytes) {
      float factor = widen(stored, offset);
      multiply();
      for (int q = 0; q < queries; q++) {
        float similarity = factor * products[q];
        if (similarity > best[q]) {
          best[q] = similarity;
          bestToken[q] = token;
        }
      }
    }
    double sum = 0;
    for (float similarity : best) {
      sum += similarity;
    }
    return (float) sum;
  }

  /** After {@link #score()} of a document with tokens: the best similarity of a query vector. */
  public float bestSimilarity(int query) {
    return best[query];
  }

  /** After {@link #score()} of a document with tokens: the token of the best similarity. */
  public int bestToken(int query) {
    return bestToken[query];
  }

  private float widen(byte[] stored, int offset) {
    ByteBuffer in = ByteBuffer.wrap(stored, offset, codeBytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bits == Float.SIZE) {
      in.asFloatBuffer().get(levels, 0, dimension);
      return 1;
    }
    float factor = VectorCoder.unpackFactor(in.getShort());
    int from = offset + Short.BYTES;
    int mask = (1 << bits) - 1;
    float middle = mask / 2f;
    int perByte = 8 / bits;
    int at = 0;
    for (int i = from; i < offset + codeBytes; i++) {
      int packed = stored[i] & 0xFF;
      for (int j = 0; j < perByte; j++, packed >>>= bits) {
        levels[at++] = (packed & mask) - middle;
      }
    }
    return factor;
  }

  /** Four dimensions at a time, in loops that the compiler turns into SIMD. */
  private void multiply() {
    Arrays.fill(products, 0);
    for (int i = 0; i < levels.length; i += 4) {
      float a = levels[i];
      float b = levels[i + 1];
      float c = levels[i + 2];
      float d = levels[i + 3];
      int row = i * queries;
      for (int q = 0; q < queries; q++) {
        products[q] +=
            a * columns[row + q]
                + b * columns[row + queries + q]
                + c * columns[row + 2 * queries + q]
                + d * columns[row + 3 * queries + q];
      }
    }
  }
}
