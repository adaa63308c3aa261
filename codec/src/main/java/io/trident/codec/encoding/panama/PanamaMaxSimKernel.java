package io.trident.codec.encoding.panama;

import io.trident.codec.encoding.MaxSimKernel;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The SIMD twin: four tokens at a time with eight query vectors a register of 256 bits, the sums in
 * eight registers. Multiplies and adds apart, as the scalar twin does, which costs nothing on
 * machines that have units for both.
 */
public final class PanamaMaxSimKernel implements MaxSimKernel {

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
  private static final int LANES = 8;

  /**
   * Makes the kernel.
   *
   * @throws UnsupportedOperationException when the machine's vectors have fewer than 256 bits
   */
  public PanamaMaxSimKernel() {
    if (FloatVector.SPECIES_PREFERRED.length() < LANES) {
      throw new UnsupportedOperationException("vectors are too short");
    }
  }

  @Override
  public void unpack(byte[] codes, int from, int length, int bits, float[] levels, int to) {
    int mask = (1 << bits) - 1;
    float middle = mask / 2f;
    int bound = BYTES.loopBound(length);
    for (int i = 0; i < bound; i += LANES) {
      IntVector packed =
          (IntVector)
              ByteVector.fromArray(BYTES, codes, from + i)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      int at = to + i;
      for (int shift = 0; shift < Byte.SIZE; shift += bits, at += length) {
        IntVector level = packed.lanewise(VectorOperators.LSHR, shift).and(mask);
        ((FloatVector) level.convert(VectorOperators.I2F, 0)).sub(middle).intoArray(levels, at);
      }
    }
    for (int i = bound; i < length; i++) {
      int at = to + i;
      for (int shift = 0; shift < Byte.SIZE; shift += bits, at += length) {
        levels[at] = ((codes[from + i] >>> shift) & mask) - middle;
      }
    }
  }

  @Override
  public void multiply(
      float[] levels,
      float[] factors,
      int tokens,
      int width,
      float[] columns,
      int queries,
      float[] products) {
    for (int block = 0; block < queries; block += QUERY_BLOCK) {
      for (int token = 0; token < tokens; token += TOKEN_BLOCK) {
        int a = token * width;
        int b = a + width;
        int c = b + width;
        int d = c + width;
        FloatVector aLow = FloatVector.zero(FLOATS);
        FloatVector aHigh = aLow;
        FloatVector bLow = aLow;
        FloatVector bHigh = aLow;
        FloatVector cLow = aLow;
        FloatVector cHigh = aLow;
        FloatVector dLow = aLow;
        FloatVector dHigh = aLow;
        int column = block * width;
        for (int i = 0; i < width; i++, column += QUERY_BLOCK) {
          FloatVector queryLow = FloatVector.fromArray(FLOATS, columns, column);
          FloatVector queryHigh = FloatVector.fromArray(FLOATS, columns, column + LANES);
          FloatVector level = FloatVector.broadcast(FLOATS, levels[a + i]);
          aLow = aLow.add(level.mul(queryLow));
          aHigh = aHigh.add(level.mul(queryHigh));
          level = FloatVector.broadcast(FLOATS, levels[b + i]);
          bLow = bLow.add(level.mul(queryLow));
          bHigh = bHigh.add(level.mul(queryHigh));
          level = FloatVector.broadcast(FLOATS, levels[c + i]);
          cLow = cLow.add(level.mul(queryLow));
          cHigh = cHigh.add(level.mul(queryHigh));
          level = FloatVector.broadcast(FLOATS, levels[d + i]);
          dLow = dLow.add(level.mul(queryLow));
          dHigh = dHigh.add(level.mul(queryHigh));
        }
        int to = token * queries + block;
        aLow.mul(factors[token]).intoArray(products, to);
        aHigh.mul(factors[token]).intoArray(products, to + LANES);
        to += queries;
        bLow.mul(factors[token + 1]).intoArray(products, to);
        bHigh.mul(factors[token + 1]).intoArray(products, to + LANES);
        to += queries;
        cLow.mul(factors[token + 2]).intoArray(products, to);
        cHigh.mul(factors[token + 2]).intoArray(products, to + LANES);
        to += queries;
        dLow.mul(factors[token + 3]).intoArray(products, to);
        dHigh.mul(factors[token + 3]).intoArray(products, to + LANES);
      }
    }
  }

  @Override
  public void max(float[] products, int tokens, float[] best) {
    for (int q = 0; q < best.length; q += LANES) {
      FloatVector most = FloatVector.fromArray(FLOATS, best, q);
      int at = q;
      for (int token = 0; token < tokens; token++, at += best.length) {
        most = most.max(FloatVector.fromArray(FLOATS, products, at));
      }
      most.intoArray(best, q);
    }
  }
}
