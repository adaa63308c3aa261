/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

/**
 * Goes forward through the trellis of two bits per dimension ({@link CodeLevels}) by the algorithm
 * of Viterbi: for each state the cheapest path that ends there, one dimension after the other. A
 * state is the lower bits of the last three dimensions, the last one's lowest. Of a dimension's
 * four levels the branch into a state leaves a pair, {@code p} and {@code p + 4}, of which the
 * closer one is taken. Stateless and thread-safe.
 */
public interface TrellisKernel {

  /** The number of states. */
  int STATES = 8;

  /** The number of pairs of levels. */
  int PAIRS = 4;

  /** The twin for this machine. */
  static TrellisKernel best() {
    return VectorKernels.choose(
        TrellisKernel.class, "PanamaTrellisKernel", new ScalarTrellisKernel());
  }

  /**
   * Finds the paths from state 0.
   *
   * @param values what the levels are to come close to
   * @param branches takes one number per dimension: bit {@code s} is the lower bit that the path
   *     into state {@code s} leaves behind, the lower one of equally cheap paths; bit {@link
   *     #STATES} {@code + p} says whether the upper level of the pair {@code p} is the closer one
   * @param costs takes for each state the squared distance of its path
   */
  void walk(float[] values, short[] branches, float[] costs);

  /**
   * The pair that a branch leaves.
   *
   * @param state that it leads to
   * @param left the lower bit that it leaves behind
   */
  static int pair(int state, int left) {
    return ((state ^ (state >>> 1) ^ left) & 1) << 1 | (state >>> 2);
  }
}
