/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding.panama;

import io.trident.codec.encoding.SignKernel;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The SIMD twin: four tokens with a block of query vectors at a time, eight of these per register
 * of 256 bits. The sums of a block stay in the first cache: with 128 dimensions, 32 kB.
 */
public final class PanamaSignKernel implements SignKernel {

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final int LANES = 8;
  private static final int PAIR = 2 * LANES;

  /**
   * Makes the kernel.
   *
   * @throws UnsupportedOperationException when the machine's vectors have fewer than 256 bits
   */
  public PanamaSignKernel() {
    if (FloatVector.SPECIES_PREFERRED.length() < LANES) {
      throw new UnsupportedOperationException("vectors are too short");
    }
  }

  @Override
  public void multiply(
      byte[] codes,
      int from,
      int stride,
      int length,
      float[] factors,
      int tokens,
      float[] sums,
      int queries,
      float[] products) {
    int last = from + (tokens - 1) * stride;
    for (int first = 0, block; first < queries; first += block) {
      block = SignKernel.block(first, queries);
      int row = first * length * (Byte.SIZE / GROUP) * VALUES;
      for (int token = 0; token < tokens; token += TOKEN_BLOCK) {
        int a = from + token * stride;
        int b = Math.min(last, a + stride);
        int c = Math.min(last, b + stride);
        int d = Math.min(last, c + stride);
        int to = token * queries + first;
        if (block == LANES) {
          single(codes, a, b, c, d, length, factors, token, sums, row, products, to, queries);
        } else {
          pair(codes, a, b, c, d, length, factors, token, sums, row, products, to, queries);
        }
      }
    }
  }

  private static FloatVector at(float[] sums, int at) {
    return FloatVector.fromArray(FLOATS, sums, at);
  }

  private static int low(int code, int block) {
    return (code & (VALUES - 1)) * block;
  }

  private static int high(int code, int block) {
    return ((code >>> GROUP) & (VALUES - 1)) * block;
  }

  /** Four tokens with eight query vectors. */
  private static void single(
      byte[] codes,
      int a,
      int b,
      int c,
      int d,
      int length,
      float[] factors,
      int token,
      float[] sums,
      int first,
      float[] products,
      int to,
      int queries) {
    FloatVector sumA = FloatVector.zero(FLOATS);
    FloatVector sumB = sumA;
    FloatVector sumC = sumA;
    FloatVector sumD = sumA;
    for (int i = 0, row = first; i < length; i++, row += 2 * VALUES * LANES) {
      int codeA = codes[a + i];
      int codeB = codes[b + i];
      int codeC = codes[c + i];
      int codeD = codes[d + i];
      sumA = sumA.add(at(sums, row + low(codeA, LANES)));
      sumB = sumB.add(at(sums, row + low(codeB, LANES)));
      sumC = sumC.add(at(sums, row + low(codeC, LANES)));
      sumD = sumD.add(at(sums, row + low(codeD, LANES)));
      int next = row + VALUES * LANES;
      sumA = sumA.add(at(sums, next + high(codeA, LANES)));
      sumB = sumB.add(at(sums, next + high(codeB, LANES)));
      sumC = sumC.add(at(sums, next + high(codeC, LANES)));
      sumD = sumD.add(at(sums, next + high(codeD, LANES)));
    }
    sumA.mul(factors[token]).intoArray(products, to);
    sumB.mul(factors[token + 1]).intoArray(products, to + queries);
    sumC.mul(factors[token + 2]).intoArray(products, to + 2 * queries);
    sumD.mul(factors[token + 3]).intoArray(products, to + 3 * queries);
  }

  /** Four tokens with sixteen query vectors. */
  private static void pair(
      byte[] codes,
      int a,
      int b,
      int c,
      int d,
      int length,
      float[] factors,
      int token,
      float[] sums,
      int first,
      float[] products,
      int to,
      int queries) {
    FloatVector lowA = FloatVector.zero(FLOATS);
    FloatVector highA = lowA;
    FloatVector lowB = lowA;
    FloatVector highB = lowA;
    FloatVector lowC = lowA;
    FloatVector highC = lowA;
    FloatVector lowD = lowA;
    FloatVector highD = lowA;
    for (int i = 0, row = first; i < length; i++, row += 2 * VALUES * PAIR) {
      int codeA = codes[a + i];
      int codeB = codes[b + i];
      int codeC = codes[c + i];
      int codeD = codes[d + i];
      int at = row + low(codeA, PAIR);
      lowA = lowA.add(at(sums, at));
      highA = highA.add(at(sums, at + LANES));
      at = row + low(codeB, PAIR);
      lowB = lowB.add(at(sums, at));
      highB = highB.add(at(sums, at + LANES));
      at = row + low(codeC, PAIR);
      lowC = lowC.add(at(sums, at));
      highC = highC.add(at(sums, at + LANES));
      at = row + low(codeD, PAIR);
      lowD = lowD.add(at(sums, at));
      highD = highD.add(at(sums, at + LANES));
      int next = row + VALUES * PAIR;
      at = next + high(codeA, PAIR);
      lowA = lowA.add(at(sums, at));
      highA = highA.add(at(sums, at + LANES));
      at = next + high(codeB, PAIR);
      lowB = lowB.add(at(sums, at));
      highB = highB.add(at(sums, at + LANES));
      at = next + high(codeC, PAIR);
      lowC = lowC.add(at(sums, at));
      highC = highC.add(at(sums, at + LANES));
      at = next + high(codeD, PAIR);
      lowD = lowD.add(at(sums, at));
      highD = highD.add(at(sums, at + LANES));
    }
    int at = to;
    lowA.mul(factors[token]).intoArray(products, at);
    highA.mul(factors[token]).intoArray(products, at + LANES);
    at += queries;
    lowB.mul(factors[token + 1]).intoArray(products, at);
    highB.mul(factors[token + 1]).intoArray(products, at + LANES);
    at += queries;
    lowC.mul(factors[token + 2]).intoArray(products, at);
    highC.mul(factors[token + 2]).intoArray(products, at + LANES);
    at += queries;
    lowD.mul(factors[token + 3]).intoArray(products, at);
    highD.mul(factors[token + 3]).intoArray(products, at + LANES);
  }
}
