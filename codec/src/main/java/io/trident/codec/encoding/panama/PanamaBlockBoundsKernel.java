/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding.panama;

import io.trident.codec.encoding.BlockBoundsKernel;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The SIMD twin: eight blocks a register of 256 bits, four terms in one pass over the blocks. */
public final class PanamaBlockBoundsKernel implements BlockBoundsKernel {

  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;

  /** Blocks whose bounds stay in the first cache for all terms. */
  private static final int TILE = 4096;

  /**
   * Makes the kernel.
   *
   * @throws UnsupportedOperationException when the machine's vectors have fewer than 256 bits
   */
  public PanamaBlockBoundsKernel() {
    if (IntVector.SPECIES_PREFERRED.length() < INTS.length()) {
      throw new UnsupportedOperationException("vectors are too short");
    }
  }

  @Override
  public void sum(byte[][] maxima, int[] weights, int[] bounds) {
    Arrays.fill(bounds, 0);
    for (int from = 0; from < bounds.length; from += TILE) {
      int to = Math.min(from + TILE, bounds.length);
      int t = 0;
      for (; t + 4 <= weights.length; t += 4) {
        addFour(maxima, weights, t, bounds, from, to);
      }
      for (; t < weights.length; t++) {
        addOne(maxima[t], weights[t], bounds, from, to);
      }
    }
  }

  /** Adds what four terms from {@code t} on are worth to the bounds of some blocks. */
  private static void addFour(
      byte[][] maxima, int[] weights, int t, int[] bounds, int from, int to) {
    byte[] first = maxima[t];
    byte[] second = maxima[t + 1];
    byte[] third = maxima[t + 2];
    byte[] fourth = maxima[t + 3];
    int b = from;
    for (; b <= to - INTS.length(); b += INTS.length()) {
      IntVector left = product(first, b, weights[t]).add(product(second, b, weights[t + 1]));
      IntVector right = product(third, b, weights[t + 2]).add(product(fourth, b, weights[t + 3]));
      IntVector.fromArray(INTS, bounds, b).add(left.add(right)).intoArray(bounds, b);
    }
    for (; b < to; b++) {
      for (int i = t; i < t + 4; i++) {
        bounds[b] += weights[i] * (maxima[i][b] & 0xff);
      }
    }
  }

  private static void addOne(byte[] maxima, int weight, int[] bounds, int from, int to) {
    int b = from;
    for (; b <= to - INTS.length(); b += INTS.length()) {
      IntVector.fromArray(INTS, bounds, b).add(product(maxima, b, weight)).intoArray(bounds, b);
    }
    for (; b < to; b++) {
      bounds[b] += weight * (maxima[b] & 0xff);
    }
  }

  /** The products of a weight and the maxima of the blocks from {@code b} on. */
  private static IntVector product(byte[] maxima, int b, int weight) {
    return ((IntVector)
            ByteVector.fromArray(BYTES, maxima, b)
                .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0))
        .mul(weight);
  }
}
