/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts;

/**
 * Turns the weights of a learned sparse encoder into impacts, integers of eight bits, and back.
 *
 * <p>The scale is linear and fixed: {@code maxWeight} becomes 255. So the impact of a weight
 * depends on nothing but the weight, and a document has the same impacts in every segment and
 * shard. The error of one weight is at most half a step, {@code maxWeight / 510}; weights above
 * {@code maxWeight} saturate, and a positive weight is never lost (its impact is at least 1). Eight
 * bits cost no measurable effectiveness (Mallia, Suel and Tonellotto, Faster Learned Sparse
 * Retrieval with Block-Max Pruning, SIGIR 2024).
 *
 * @param maxWeight the weight that becomes the largest impact; positive and finite
 */
public record ImpactQuantizer(float maxWeight) {

  /** The largest impact: 255. */
  public static final int MAX_IMPACT = 255;

  /** The default of {@code maxWeight}: 4.0, which log(1 + relu(x)) reaches at x = 53. */
  public static final float DEFAULT_MAX_WEIGHT = 4.0f;

  public ImpactQuantizer {
    if (maxWeight > 0 == false || Float.isInfinite(maxWeight)) {
      throw new IllegalArgumentException(
          "max_weight must be positive and finite, got [" + maxWeight + "]");
    }
  }

  /**
   * The impact of a weight, 1 to 255.
   *
   * @throws IllegalArgumentException when the weight is not positive and finite
   */
  public int quantize(float weight) {
    if (weight > 0 == false || Float.isInfinite(weight)) {
      throw new IllegalArgumentException(
          "weight must be positive and finite, got [" + weight + "]");
    }
    long impact = Math.round((double) weight / step());
    return (int) Math.max(1, Math.min(MAX_IMPACT, impact));
  }

  /** The weight that an impact stands for. */
  public float dequantize(int impact) {
    return (float) (impact * step());
  }

  /** The weight of impact 1. */
  public double step() {
    return (double) maxWeight / MAX_IMPACT;
  }
}
