/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.impacts.ImpactQuantizer;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.lucene.util.BytesRef;

/**
 * A query's tokens with integer weights: each is a factor of at most 31 bits times a power of two,
 * {@code factor << shift}, on a scale that keeps the sum of a document in 62 bits.
 *
 * <p>Weights are multiplied by the impacts' step times a power of two and rounded, to 1 at least.
 * When that leaves every weight {@link #MIN_NARROW_WEIGHT} or more of the 31 bits of a sum, all
 * shifts are 0 and sums of ints are enough; that is so for queries of some dozen tokens. Else the
 * scale fills 62 bits, and a weight keeps 14 bits of its own, down to a billionth of the largest.
 * Sums are exact, so ties are exact, and bounds made of the same products are safe.
 */
final class SparseQueryVector {

  /** The most tokens of a query: 65,535. */
  static final int MAX_TOKENS = 65_535;

  /**
   * The least weight of a query whose sums are ints: 512, so that none is rounded by more than 0.1
   * % of itself.
   */
  private static final int MIN_NARROW_WEIGHT = 1 << 9;

  private static final double MAX_INT_SUM = Integer.MAX_VALUE;
  private static final double MAX_LONG_SUM = 0x1p62;

  /** The bits of a factor where shifts are not 0: eight products or more fit into an int. */
  private static final int FACTOR_BITS = 20;

  /** Shifts are multiples of it, so that few different ones have to be kept apart. */
  private static final int SHIFT_STEP = 6;

  /** The bits of the sum of the coarse weights' bounds, which rounding up may double. */
  private static final int BOUND_BITS = 30;

  private final BytesRef[] tokens;
  private final int[] factors;
  private final int[] shifts;
  private final boolean narrow;
  private final int coarseness;
  private final double unit;

  /**
   * Makes the vector.
   *
   * @param tokens distinct tokens, at most {@value #MAX_TOKENS}
   * @param floats one positive, finite weight per token
   * @param quantizer the quantizer of the field
   */
  SparseQueryVector(List<String> tokens, float[] floats, ImpactQuantizer quantizer) {
    this(tokens, floats, floats, floats, quantizer);
  }

  /**
   * Makes a vector whose scale depends on {@code largest} and {@code least} alone, so that vectors
   * of the same tokens round a weight alike whatever their other weights are.
   *
   * @param largest what each weight is at most
   * @param least what each weight is at least
   */
  SparseQueryVector(
      List<String> tokens,
      float[] floats,
      float[] largest,
      float[] least,
      ImpactQuantizer quantizer) {
    double smallest = quantizer.step() * smallest(least);
    int exponent = exponent(largest, quantizer.step(), MAX_INT_SUM);
    narrow = Math.scalb(smallest, exponent) >= MIN_NARROW_WEIGHT;
    if (narrow == false) {
      exponent = exponent(largest, quantizer.step(), MAX_LONG_SUM);
    }
    int[] order =
        IntStream.range(0, floats.length)
            .boxed()
            .sorted(Comparator.comparing(tokens::get))
            .mapToInt(Integer::intValue)
            .toArray();
    this.tokens = new BytesRef[order.length];
    this.factors = new int[order.length];
    this.shifts = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      double scaled = Math.scalb(floats[order[i]] * quantizer.step(), exponent);
      this.tokens[i] = new BytesRef(tokens.get(order[i]));
      this.shifts[i] = narrow ? 0 : shift(scaled);
      this.factors[i] = (int) Math.max(1, Math.round(Math.scalb(scaled, -shifts[i])));
    }
    long sum = IntStream.range(0, order.length).mapToLong(this::weight).sum();
    this.coarseness = narrow ? 0 : Math.max(0, bits(sum * ImpactQuantizer.MAX_IMPACT) - BOUND_BITS);
    this.unit = Math.scalb(1.0, -exponent);
  }

  private static float smallest(float[] weights) {
    float smallest = Float.MAX_VALUE;
    for (float weight : weights) {
      smallest = Math.min(smallest, weight);
    }
    return smallest;
  }

  /** The largest exponent of the scale for which no document's sum is over {@code limit}. */
  private static int exponent(float[] weights, double step, double limit) {
    double sum = 0;
    for (float weight : weights) {
      sum += weight;
    }
    double room = limit / ImpactQuantizer.MAX_IMPACT - weights.length; // each is rounded up by 1
    return Math.getExponent(room / (sum * step));
  }

  private static int shift(double scaled) {
    int excess = Math.max(0, Math.getExponent(scaled) + 1 - FACTOR_BITS);
    return (excess + SHIFT_STEP - 1) / SHIFT_STEP * SHIFT_STEP;
  }

  private static int bits(long value) {
    return Long.SIZE - Long.numberOfLeadingZeros(value);
  }

  /** The tokens, ascending. */
  BytesRef[] tokens() {
    return tokens;
  }

  /** The weight of a token, without the power of two that {@link #shift} tells. */
  int factor(int token) {
    return factors[token];
  }

  /** The power of two of a token's weight. */
  int shift(int token) {
    return shifts[token];
  }

  /** Whether all shifts are 0, and the sum of a document is an int. */
  boolean isNarrow() {
    return narrow;
  }

  /** The positive weight of a token. */
  long weight(int token) {
    return (long) factors[token] << shifts[token];
  }

  /**
   * The weight of a token in units of 2 to the power of {@link #coarseness}, rounded up; with
   * impacts they add up to an int.
   */
  int coarseWeight(int token) {
    return (int) ((weight(token) + (1L << coarseness) - 1) >>> coarseness);
  }

  /** What {@link #coarseWeight} is measured in, as a power of two. */
  int coarseness() {
    return coarseness;
  }

  /** About the sum that has a score, which need not be finite. */
  double sum(double score) {
    return score / unit;
  }

  /** The score of a sum of weight times impact. */
  float score(long sum) {
    return (float) Math.min(Float.MAX_VALUE, sum * unit);
  }
}
