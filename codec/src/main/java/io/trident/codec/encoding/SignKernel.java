/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

/**
 * MaxSim on codes of one bit per dimension. Four bits have but sixteen values, so what each of them
 * adds to the product with a query vector is summed once per query ({@link #sums}), and a product
 * is a sum of these: a quarter of the additions, no multiplication and no unpacking (fast scan:
 * André, Kermarrec and Le Scouarnec, VLDB 2015). Stateless and thread-safe.
 *
 * <p>Every product is a sum over the groups of four bits from first to last, rounded after each
 * addition, so that all twins agree to the last bit.
 */
public interface SignKernel {

  /** Query vectors are padded to a multiple of this number. */
  int QUERY_BLOCK = 8;

  /** Room for products is a multiple of this number of tokens. */
  int TOKEN_BLOCK = 4;

  /** Bits of a group. */
  int GROUP = 4;

  /** Values of a group. */
  int VALUES = 1 << GROUP;

  /** The twin for this machine. */
  static SignKernel best() {
    return VectorKernels.choose(SignKernel.class, "PanamaSignKernel", new ScalarSignKernel());
  }

  /**
   * The products of tokens with query vectors: a factor times the sum of what the groups add.
   *
   * @param codes holds the codes of the tokens
   * @param from where the first one starts
   * @param stride bytes from the start of a code to that of the next
   * @param length bytes of a code
   * @param factors one per token
   * @param tokens one or more
   * @param sums those of the query vectors
   * @param queries the number of query vectors, a multiple of {@link #QUERY_BLOCK}
   * @param products takes the products, token by token, {@code queries} of each; up to {@link
   *     #TOKEN_BLOCK} - 1 tokens more are overwritten
   */
  void multiply(
      byte[] codes,
      int from,
      int stride,
      int length,
      float[] factors,
      int tokens,
      float[] sums,
      int queries,
      float[] products);

  /**
   * What each value of each group adds to the products: in blocks of 16 query vectors while there
   * are as many and then one of 8; in a block group by group, of a group value by value, the
   * vectors of the block side by side.
   *
   * @param rows the query vectors, dimension by dimension
   * @param length bytes of a code
   * @param queries the number of query vectors, a multiple of {@link #QUERY_BLOCK}
   */
  static float[] sums(float[][] rows, int length, int queries) {
    int groups = length * Byte.SIZE / GROUP;
    float[] sums = new float[groups * VALUES * queries];
    for (int first = 0, block; first < queries; first += block) {
      block = block(first, queries);
      for (int group = 0; group < groups; group++) {
        int to = (first * groups + group * block) * VALUES;
        for (int q = 0; q < block; q++) {
          sum(rows, group * GROUP, first + q, sums, to + q, block);
        }
      }
    }
    return sums;
  }

  private static void sum(
      float[][] rows, int dimension, int query, float[] sums, int to, int block) {
    for (int bit = 0; bit < GROUP && dimension + bit < rows.length; bit++) {
      sums[to] -= rows[dimension + bit][query] / 2;
    }
    for (int value = 1; value < VALUES; value++) {
      int dimensionOfBit = dimension + Integer.numberOfTrailingZeros(value);
      float more = dimensionOfBit < rows.length ? rows[dimensionOfBit][query] : 0;
      sums[to + value * block] = sums[to + (value & (value - 1)) * block] + more;
    }
  }

  /** The vectors of the block that starts with a query vector: 16 or 8. */
  static int block(int first, int queries) {
    return Math.min(2 * QUERY_BLOCK, queries - first);
  }
}
