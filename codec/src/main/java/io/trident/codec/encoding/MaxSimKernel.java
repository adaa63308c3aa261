/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

import org.apache.lucene.util.Constants;

/**
 * The arithmetic of MaxSim on codes: levels out of packed bits, and the largest products of tokens
 * with query vectors. Stateless and thread-safe.
 *
 * <p>A code of {@code b} bits per dimension takes {@code c} bytes and holds {@code c * 8 / b}
 * levels. What they stand for says {@link CodeLevels}. They are unpacked by <em>plane</em>: the
 * lowest bits of every byte first, then the next ones, so that level {@code p * c + j} is the one
 * that starts at bit {@code p * b} of byte {@code j}. Query vectors are laid out to match ({@link
 * #dimensionOf}).
 *
 * <p>Every product is a sum over the levels from first to last, rounded once a level where the
 * machine multiplies and adds in one instruction ({@link #FUSED}) and otherwise after each
 * multiplication and each addition, so that all twins on a machine agree to the last bit.
 */
public interface MaxSimKernel {

  /** Whether products are added without rounding them first. */
  boolean FUSED = Constants.HAS_FAST_VECTOR_FMA;

  /** Query vectors are padded to a multiple of this number, or as {@link #padded} says. */
  int QUERY_BLOCK = 16;

  /** The block that is between one and two. */
  int WIDE_BLOCK = 24;

  /** Tokens are padded to a multiple of this number. */
  int TOKEN_BLOCK = 4;

  /** The twin for this machine. */
  static MaxSimKernel best() {
    return VectorKernels.choose(MaxSimKernel.class, "PanamaMaxSimKernel", new ScalarMaxSimKernel());
  }

  /**
   * Unpacks what the levels of one code stand for ({@link CodeLevels}).
   *
   * @param codes holds the code
   * @param from where it starts
   * @param length its bytes
   * @param bits of a level: 1, 2, 4 or 8
   * @param levels takes {@code length * 8 / bits} levels
   * @param to where they start
   */
  void unpack(byte[] codes, int from, int length, int bits, float[] levels, int to);

  /**
   * The products of tokens with query vectors: {@code factor * <levels, query>}.
   *
   * @param levels the levels of one token after the other
   * @param factors one per token
   * @param tokens a multiple of {@link #TOKEN_BLOCK}
   * @param width levels of a token
   * @param columns query values, in blocks of 32 vectors while there are as many and then one of 16
   *     or 24; in a block level by level, the vectors of the block side by side
   * @param queries the number of query vectors, which some blocks of 32 and one of 16 or 24 add up
   *     to
   * @param products takes the products, token by token, {@code queries} of each
   */
  void multiply(
      float[] levels,
      float[] factors,
      int tokens,
      int width,
      float[] columns,
      int queries,
      float[] products);

  /**
   * For each query vector the larger of what {@code best} holds and its product with any token;
   * products are numbers.
   *
   * @param products as {@link #multiply} gives them
   * @param tokens the number of tokens
   * @param best one per query vector; a multiple of {@link SignKernel#QUERY_BLOCK} of them
   */
  void max(float[] products, int tokens, float[] best);

  /** The least number of query vectors that blocks add up to and some vectors fit into. */
  static int padded(int queries) {
    int rest = queries % (2 * QUERY_BLOCK);
    boolean fits = rest > QUERY_BLOCK && rest <= WIDE_BLOCK;
    return fits
        ? queries - rest + WIDE_BLOCK
        : (queries + QUERY_BLOCK - 1) / QUERY_BLOCK * QUERY_BLOCK;
  }

  /** Where the block of query values starts that a vector is in. */
  static int blockStart(int query) {
    return query / (2 * QUERY_BLOCK) * 2 * QUERY_BLOCK;
  }

  /** The vectors of the block of query values that a vector is in: 32, 24 or 16. */
  static int block(int query, int queries) {
    return Math.min(2 * QUERY_BLOCK, queries - blockStart(query));
  }

  /**
   * The dimension that an unpacked level belongs to; past the last one for bits that pad a byte.
   */
  static int dimensionOf(int level, int length, int bits) {
    return bits > Byte.SIZE ? level : level % length * (Byte.SIZE / bits) + level / length;
  }
}
