/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

/** Chooses the bits of each dimension of a vector. Part of the index format. Not thread-safe. */
interface Quantizer {

  /**
   * Writes the bits of a rotated vector, lowest first, to where there are zeros.
   *
   * @param levels takes what the bits stand for
   */
  void encode(float[] vector, byte[] out, int offset, float[] levels);

  /** The way of an encoding; null for floats. */
  static Quantizer of(TokenVectorsEncoding encoding, int dimension) {
    return switch (encoding) {
      case FLOAT32 -> null;
      case BITS_2 -> new Trellis(dimension);
      default -> new EvenLevels(encoding.bits());
    };
  }
}
