/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

/**
 * Gives each dimension of a vector one of {@code 2^b} evenly spaced levels, with the spacing that
 * makes the levels' direction closest to the vector's. Part of the index format. Thread-safe.
 */
final class EvenLevels implements Quantizer {

  private static final int SPACINGS = 32;

  private final int bits;
  private final int count;

  EvenLevels(int bits) {
    this.bits = bits;
    this.count = 1 << bits;
  }

  @Override
  public void encode(float[] vector, byte[] out, int offset, float[] levels) {
    double spacing = bestSpacing(vector);
    int perByte = Byte.SIZE / bits;
    for (int d = 0; d < vector.length; d++) {
      int level = level(vector[d], spacing);
      out[offset + d / perByte] |= (byte) (level << (d % perByte * bits));
      levels[d] = value(level);
    }
  }

  private double bestSpacing(float[] vector) {
    double largest = 0;
    for (float value : vector) {
      largest = Math.max(largest, Math.abs(value));
    }
    double widest = 2 * largest / count;
    double best = widest;
    double bestCosine = -1;
    for (int i = SPACINGS; count > 2 && largest > 0 && i > 0; i--) {
      double spacing = widest * i / SPACINGS;
      double cosine = cosine(vector, spacing);
      if (cosine > bestCosine) {
        bestCosine = cosine;
        best = spacing;
      }
    }
    return best;
  }

  private double cosine(float[] vector, double spacing) {
    double dot = 0;
    double square = 0;
    for (float value : vector) {
      double x = value(level(value, spacing));
      dot += value * x;
      square += x * x;
    }
    return dot / Math.sqrt(square);
  }

  /** What a level stands for. */
  private float value(int level) {
    return level - (count - 1) / 2f;
  }

  private int level(float value, double spacing) {
    if (spacing == 0) {
      return count / 2;
    }
    int level = (int) Math.floor(value / spacing) + count / 2;
    return Math.max(0, Math.min(count - 1, level));
  }
}
