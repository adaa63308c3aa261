/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding.panama;

import io.trident.codec.encoding.CodeLevels;
import io.trident.codec.encoding.MaxSimKernel;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The SIMD twin, with eight query vectors a register of 256 bits and the sums in eight registers:
 * two tokens with 32 query vectors, or four with 16, which loads more for each product; or in
 * twelve registers, four tokens with 24 query vectors.
 */
public final class PanamaMaxSimKernel implements MaxSimKernel {

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
  private static final int LANES = 8;

  /** Each lane takes what is in the one before, the first its own. */
  private static final VectorShuffle<Integer> UP =
      VectorShuffle.fromOp(INTS, lane -> Math.max(0, lane - 1));

  /** What the eight levels of the trellis stand for. */
  private static final IntVector TRELLIS =
      FloatVector.fromArray(FLOATS, CodeLevels.trellis(), 0).reinterpretAsInts();

  private static final IntVector NOT_FIRST =
      IntVector.fromArray(INTS, new int[] {0, -1, -1, -1, -1, -1, -1, -1}, 0);

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
    int bound = BYTES.loopBound(length);
    if (bits == 2) {
      unpackTrellis(codes, from, bound, length, levels, to);
    } else {
      unpackEvenly(codes, from, bound, length, bits, levels, to);
    }
    for (int i = bound * Byte.SIZE / bits; i < length * Byte.SIZE / bits; i++) {
      int level = i % (Byte.SIZE / bits) * length + i / (Byte.SIZE / bits);
      levels[to + level] = CodeLevels.of(codes, from, i, bits);
    }
  }

  /** The indices of the levels of two planes at a time, each in four bits of a lane. */
  private static void unpackTrellis(
      byte[] codes, int from, int bound, int length, float[] levels, int to) {
    for (int i = 0; i < bound; i += LANES) {
      IntVector bytes = bytes(codes, from + i);
      IntVector before = i == 0 ? bytes.rearrange(UP).and(NOT_FIRST) : bytes(codes, from + i - 1);
      IntVector windows = bytes.lanewise(VectorOperators.LSHL, Byte.SIZE).or(before);
      IntVector top = windows.lanewise(VectorOperators.LSHR, 7);
      IntVector middle =
          top.lanewise(VectorOperators.XOR, windows.lanewise(VectorOperators.LSHR, 5))
              .lanewise(VectorOperators.XOR, windows.lanewise(VectorOperators.LSHR, 1));
      IntVector even =
          top.and(0x44)
              .or(middle.and(0x22))
              .or(windows.lanewise(VectorOperators.LSHR, 4).and(0x11));
      IntVector odd =
          windows
              .lanewise(VectorOperators.LSHR, 9)
              .and(0x44)
              .or(middle.lanewise(VectorOperators.LSHR, 2).and(0x22))
              .or(windows.lanewise(VectorOperators.LSHR, 6).and(0x11));
      for (int shift = 0, at = to + i; shift < Byte.SIZE; shift += 4, at += 2 * length) {
        even.lanewise(VectorOperators.LSHR, shift)
            .and(7)
            .selectFrom(TRELLIS)
            .reinterpretAsFloats()
            .intoArray(levels, at);
        odd.lanewise(VectorOperators.LSHR, shift)
            .and(7)
            .selectFrom(TRELLIS)
            .reinterpretAsFloats()
            .intoArray(levels, at + length);
      }
    }
  }

  private static IntVector bytes(byte[] codes, int from) {
    return (IntVector)
        ByteVector.fromArray(BYTES, codes, from)
            .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
  }

  private static void unpackEvenly(
      byte[] codes, int from, int bound, int length, int bits, float[] levels, int to) {
    int mask = (1 << bits) - 1;
    float middle = mask / 2f;
    for (int i = 0; i < bound; i += LANES) {
      IntVector packed = bytes(codes, from + i);
      int at = to + i;
      for (int shift = 0; shift < Byte.SIZE; shift += bits, at += length) {
        IntVector level = packed.lanewise(VectorOperators.LSHR, shift).and(mask);
        ((FloatVector) level.convert(VectorOperators.I2F, 0)).sub(middle).intoArray(levels, at);
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
    int pairs = queries / (2 * QUERY_BLOCK) * 2 * QUERY_BLOCK;
    for (int block = 0; block < pairs; block += 2 * QUERY_BLOCK) {
      for (int token = 0; token < tokens; token += 2) {
        twoTokens(levels, factors, token, width, columns, block, queries, products);
      }
    }
    for (int token = 0; token < tokens && pairs < queries; token += TOKEN_BLOCK) {
      if (queries - pairs == WIDE_BLOCK) {
        fourTokensWide(levels, factors, token, width, columns, pairs, queries, products);
      } else {
        fourTokens(levels, factors, token, width, columns, pairs, queries, products);
      }
    }
  }

  private static FloatVector add(FloatVector sum, FloatVector level, FloatVector query) {
    return FUSED ? level.fma(query, sum) : sum.add(level.mul(query));
  }

  private static void twoTokens(
      float[] levels,
      float[] factors,
      int token,
      int width,
      float[] columns,
      int block,
      int queries,
      float[] products) {
    int a = token * width;
    int b = a + width;
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector b2 = a0;
    FloatVector b3 = a0;
    int from = block * width;
    for (int i = 0; i < width; i++) {
      int column = from + i * 2 * QUERY_BLOCK;
      FloatVector levelA = FloatVector.broadcast(FLOATS, levels[a + i]);
      FloatVector levelB = FloatVector.broadcast(FLOATS, levels[b + i]);
      FloatVector query = FloatVector.fromArray(FLOATS, columns, column);
      a0 = add(a0, levelA, query);
      b0 = add(b0, levelB, query);
      query = FloatVector.fromArray(FLOATS, columns, column + LANES);
      a1 = add(a1, levelA, query);
      b1 = add(b1, levelB, query);
      query = FloatVector.fromArray(FLOATS, columns, column + 2 * LANES);
      a2 = add(a2, levelA, query);
      b2 = add(b2, levelB, query);
      query = FloatVector.fromArray(FLOATS, columns, column + 3 * LANES);
      a3 = add(a3, levelA, query);
      b3 = add(b3, levelB, query);
    }
    int to = token * queries + block;
    a0.mul(factors[token]).intoArray(products, to);
    a1.mul(factors[token]).intoArray(products, to + LANES);
    a2.mul(factors[token]).intoArray(products, to + 2 * LANES);
    a3.mul(factors[token]).intoArray(products, to + 3 * LANES);
    to += queries;
    b0.mul(factors[token + 1]).intoArray(products, to);
    b1.mul(factors[token + 1]).intoArray(products, to + LANES);
    b2.mul(factors[token + 1]).intoArray(products, to + 2 * LANES);
    b3.mul(factors[token + 1]).intoArray(products, to + 3 * LANES);
  }

  private static void fourTokens(
      float[] levels,
      float[] factors,
      int token,
      int width,
      float[] columns,
      int block,
      int queries,
      float[] products) {
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
      aLow = add(aLow, level, queryLow);
      aHigh = add(aHigh, level, queryHigh);
      level = FloatVector.broadcast(FLOATS, levels[b + i]);
      bLow = add(bLow, level, queryLow);
      bHigh = add(bHigh, level, queryHigh);
      level = FloatVector.broadcast(FLOATS, levels[c + i]);
      cLow = add(cLow, level, queryLow);
      cHigh = add(cHigh, level, queryHigh);
      level = FloatVector.broadcast(FLOATS, levels[d + i]);
      dLow = add(dLow, level, queryLow);
      dHigh = add(dHigh, level, queryHigh);
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

  private static void fourTokensWide(
      float[] levels,
      float[] factors,
      int token,
      int width,
      float[] columns,
      int block,
      int queries,
      float[] products) {
    int a = token * width;
    int b = a + width;
    int c = b + width;
    int d = c + width;
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector b2 = a0;
    FloatVector c0 = a0;
    FloatVector c1 = a0;
    FloatVector c2 = a0;
    FloatVector d0 = a0;
    FloatVector d1 = a0;
    FloatVector d2 = a0;
    int column = block * width;
    for (int i = 0; i < width; i++, column += WIDE_BLOCK) {
      FloatVector query0 = FloatVector.fromArray(FLOATS, columns, column);
      FloatVector query1 = FloatVector.fromArray(FLOATS, columns, column + LANES);
      FloatVector query2 = FloatVector.fromArray(FLOATS, columns, column + 2 * LANES);
      FloatVector level = FloatVector.broadcast(FLOATS, levels[a + i]);
      a0 = add(a0, level, query0);
      a1 = add(a1, level, query1);
      a2 = add(a2, level, query2);
      level = FloatVector.broadcast(FLOATS, levels[b + i]);
      b0 = add(b0, level, query0);
      b1 = add(b1, level, query1);
      b2 = add(b2, level, query2);
      level = FloatVector.broadcast(FLOATS, levels[c + i]);
      c0 = add(c0, level, query0);
      c1 = add(c1, level, query1);
      c2 = add(c2, level, query2);
      level = FloatVector.broadcast(FLOATS, levels[d + i]);
      d0 = add(d0, level, query0);
      d1 = add(d1, level, query1);
      d2 = add(d2, level, query2);
    }
    int to = token * queries + block;
    a0.mul(factors[token]).intoArray(products, to);
    a1.mul(factors[token]).intoArray(products, to + LANES);
    a2.mul(factors[token]).intoArray(products, to + 2 * LANES);
    to += queries;
    b0.mul(factors[token + 1]).intoArray(products, to);
    b1.mul(factors[token + 1]).intoArray(products, to + LANES);
    b2.mul(factors[token + 1]).intoArray(products, to + 2 * LANES);
    to += queries;
    c0.mul(factors[token + 2]).intoArray(products, to);
    c1.mul(factors[token + 2]).intoArray(products, to + LANES);
    c2.mul(factors[token + 2]).intoArray(products, to + 2 * LANES);
    to += queries;
    d0.mul(factors[token + 3]).intoArray(products, to);
    d1.mul(factors[token + 3]).intoArray(products, to + LANES);
    d2.mul(factors[token + 3]).intoArray(products, to + 2 * LANES);
  }

  @Override
  public void max(float[] products, int tokens, float[] best) {
    for (int q = 0; q < best.length; q += LANES) {
      FloatVector most = FloatVector.fromArray(FLOATS, best, q);
      int at = q;
      for (int token = 0; token < tokens; token++, at += best.length) {
        FloatVector next = FloatVector.fromArray(FLOATS, products, at);
        most = most.blend(next, next.compare(VectorOperators.GT, most));
      }
      most.intoArray(best, q);
    }
  }
}
