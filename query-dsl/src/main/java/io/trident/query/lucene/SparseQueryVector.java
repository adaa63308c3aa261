package io.trident.query.lucene;

import io.trident.codec.impacts.ImpactQuantizer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.lucene.util.BytesRef;

/**
 * A query's tokens with integer weights, on a scale that keeps every sum exact.
 *
 * <p>Weights are multiplied by the impacts' step times a power of two, the largest for which no
 * document's sum leaves the 24 bits that a float holds exactly, and rounded, to 1 at least. So
 * {@code score = sum * 2^-k} is exact, ties are exact, and bounds made of the same products are
 * safe.
 */
final class SparseQueryVector {

  /** The most tokens of a query: 65,535. With one impact of 255 each they stay within a sum. */
  static final int MAX_TOKENS = 65_535;

  private static final int MAX_SUM = 1 << 24;
  private static final int MAX_EXPONENT = 60;

  private final BytesRef[] tokens;
  private final int[] weights;
  private final float unit;

  /**
   * Makes the vector.
   *
   * @param tokens distinct tokens, at most {@value #MAX_TOKENS}
   * @param floats one positive, finite weight a token
   * @param quantizer the quantiser of the field
   */
  SparseQueryVector(List<String> tokens, float[] floats, ImpactQuantizer quantizer) {
    this(tokens, floats, floats, quantizer);
  }

  /**
   * Makes a vector whose scale depends on {@code largest} alone, so that vectors of the same tokens
   * round a weight alike whatever their other weights are.
   *
   * @param largest what each weight is at most
   */
  SparseQueryVector(
      List<String> tokens, float[] floats, float[] largest, ImpactQuantizer quantizer) {
    int exponent = MAX_EXPONENT;
    while (sumOfImpacts(largest, quantizer.step() * Math.scalb(1.0, exponent)) > MAX_SUM) {
      exponent--;
    }
    double scale = quantizer.step() * Math.scalb(1.0, exponent);
    int[] order =
        IntStream.range(0, floats.length)
            .boxed()
            .sorted(Comparator.comparing(tokens::get))
            .mapToInt(Integer::intValue)
            .toArray();
    this.tokens =
        Arrays.stream(order).mapToObj(i -> new BytesRef(tokens.get(i))).toArray(BytesRef[]::new);
    this.weights =
        Arrays.stream(order).map(i -> (int) Math.max(1, Math.round(floats[i] * scale))).toArray();
    this.unit = Math.scalb(1.0f, -exponent);
  }

  private static double sumOfImpacts(float[] weights, double scale) {
    double sum = 0;
    for (float weight : weights) {
      sum += Math.rint(weight * scale) + 1;
    }
    return sum * ImpactQuantizer.MAX_IMPACT;
  }

  /** The tokens, ascending. */
  BytesRef[] tokens() {
    return tokens;
  }

  /** One positive integer weight a token. */
  int[] weights() {
    return weights;
  }

  /** The score of a sum of weight times impact. */
  float score(int sum) {
    return sum * unit;
  }

  /** The smallest sum whose score is at least {@code score}. */
  int ceilSum(float score) {
    double sum = Math.ceil((double) score / unit);
    return sum >= Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) sum;
  }
}
