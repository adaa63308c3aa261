/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

/** The arithmetic of the bounds of block-max pruning. Stateless and thread-safe. */
public interface BlockBoundsKernel {

  /** The twin for this machine. */
  static BlockBoundsKernel best() {
    return VectorKernels.choose(
        BlockBoundsKernel.class, "PanamaBlockBoundsKernel", new ScalarBlockBoundsKernel());
  }

  /**
   * Sums, for every block, the terms' largest impacts there times their weights.
   *
   * @param maxima for each term the largest impact of every block, unsigned
   * @param weights one weight per term
   * @param bounds takes one sum per block
   */
  void sum(byte[][] maxima, int[] weights, int[] bounds);
}
