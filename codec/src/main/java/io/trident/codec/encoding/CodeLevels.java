/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

/**
 * What the bits of a code stand for. A code holds a few bits per dimension, the first dimension in
 * the lowest bits of the first byte.
 *
 * <p>With 1, 4 or 8 bits the {@code b} bits of a dimension are its level {@code u}, which stands
 * for {@code u - (2^b - 1) / 2}.
 *
 * <p>With 2 bits codes are paths through a trellis (trellis-coded quantisation: Marcellin and
 * Fischer, IEEE Trans. Commun. 38(1), 1990), whose error is a quarter less than that of four
 * levels. There are eight levels {@code i}, of which a dimension has the choice of four. Of its two
 * bits the higher one is bit 2 of {@code i}. The lower ones, {@code x[d]}, give the others by the
 * code of eight states of Ungerboeck (IEEE Trans. Inf. Theory 28(1), 1982): bit 1 is {@code x[d] ^
 * x[d - 1] ^ x[d - 3]}, bit 0 is {@code x[d - 2]}, with zeros before the first dimension. Level
 * {@code i} stands for {@code u * (28 + u * u) / 64} with {@code u = i - 3.5}, which is near to the
 * best levels for values that are normally distributed, as those of a rotated vector are.
 */
public final class CodeLevels {

  /** Dimensions whose lower bits a level follows from, its own included. */
  private static final int WINDOW = 4;

  /** What the levels of the trellis stand for. */
  private static final float[] LEVELS = new float[8];

  /** The same by the bits of a window, its last dimension's highest. */
  private static final float[] TRELLIS = new float[1 << (2 * WINDOW)];

  static {
    for (int level = 0; level < LEVELS.length; level++) {
      float u = level - 3.5f;
      LEVELS[level] = u * (28 + u * u) / 64;
    }
    for (int window = 0; window < TRELLIS.length; window++) {
      int lower = window >>> 6;
      int higher = (window >>> 7) & 1;
      int middle = (lower ^ (window >>> 4) ^ window) & 1;
      TRELLIS[window] = LEVELS[(higher << 2) | (middle << 1) | ((window >>> 2) & 1)];
    }
  }

  private CodeLevels() {}

  /** What the eight levels of the trellis stand for. */
  public static float[] trellis() {
    return LEVELS.clone();
  }

  /**
   * What two bits stand for.
   *
   * @param window the two bits of a dimension, above those of the three before it, the nearest
   *     highest
   */
  public static float ofWindow(int window) {
    return TRELLIS[window];
  }

  /**
   * What the bits of a dimension stand for.
   *
   * @param codes holds the code
   * @param from where it starts
   * @param dimension which one
   * @param bits of a dimension: 1, 2, 4 or 8
   */
  public static float of(byte[] codes, int from, int dimension, int bits) {
    int bit = dimension * bits;
    int at = from + bit / Byte.SIZE;
    int shift = bit % Byte.SIZE;
    if (bits == 2) {
      int before = bit < Byte.SIZE ? 0 : codes[at - 1] & 0xFF;
      return TRELLIS[((before | (codes[at] << Byte.SIZE)) >>> (shift + 2)) & 0xFF];
    }
    int mask = (1 << bits) - 1;
    return ((codes[at] >>> shift) & mask) - mask / 2f;
  }
}
