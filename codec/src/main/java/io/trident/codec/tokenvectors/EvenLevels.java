package io.trident.codec.tokenvectors;

/**
 * Gives each dimension of a vector one of {@code 2^b} evenly spaced levels, with the spacing that
 * makes the levels' direction closest to the vector's. Part of the index format. Thread-safe.
 */
final class EvenLevels implements Quantizer {

  private static final int SPACINGS = 32;

  private final int bits;
  private final int levels;

  EvenLevels(int bits) {
    this.bits = bits;
    this.levels = 1 << bits;
  }

  @Override
  public void encode(float[] vector, byte[] out, int offset) {
    double spacing = bestSpacing(vector);
    int perByte = Byte.SIZE / bits;
    for (int d = 0; d < vector.length; d++) {
      int level = level(vector[d], spacing);
      out[offset + d / perByte] |= (byte) (level << (d % perByte * bits));
    }
  }

  private double bestSpacing(float[] vector) {
    double largest = 0;
    for (float value : vector) {
      largest = Math.max(largest, Math.abs(value));
    }
    double widest = 2 * largest / levels;
    double best = widest;
    double bestCosine = -1;
    for (int i = SPACINGS; levels > 2 && largest > 0 && i > 0; i--) {
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
      double x = level(value, spacing) - (levels - 1) / 2.0;
      dot += value * x;
      square += x * x;
    }
    return dot / Math.sqrt(square);
  }

  private int level(float value, double spacing) {
    if (spacing == 0) {
      return levels / 2;
    }
    int level = (int) Math.floor(value / spacing) + levels / 2;
    return Math.max(0, Math.min(levels - 1, level));
  }
}
