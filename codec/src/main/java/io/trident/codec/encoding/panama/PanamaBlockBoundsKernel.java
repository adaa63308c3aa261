package io.trident.codec.encoding.panama;

import io.trident.codec.encoding.BlockBoundsKernel;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The SIMD twin: eight blocks a register of 256 bits. */
public final class PanamaBlockBoundsKernel implements BlockBoundsKernel {

  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;

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
    int limit = INTS.loopBound(bounds.length);
    for (int b = 0; b < limit; b += INTS.length()) {
      IntVector sum = IntVector.zero(INTS);
      for (int t = 0; t < weights.length; t++) {
        IntVector term =
            (IntVector)
                ByteVector.fromArray(BYTES, maxima[t], b)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
        sum = sum.add(term.mul(weights[t]));
      }
      sum.intoArray(bounds, b);
    }
    for (int b = limit; b < bounds.length; b++) {
      bounds[b] = 0;
      for (int t = 0; t < weights.length; t++) {
        bounds[b] += weights[t] * (maxima[t][b] & 0xff);
      }
    }
  }
}
