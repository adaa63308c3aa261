/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.kernels;

/** What benchmarks of twins have in common. */
final class Twins {

  private Twins() {}

  /** Refuses to measure a twin against itself. */
  static void requireDifferent(Object scalar, Object simd) {
    if (scalar.getClass() == simd.getClass()) {
      throw new IllegalStateException(
          "the SIMD twin of ["
              + scalar.getClass().getSimpleName()
              + "] needs --add-modules=jdk.incubator.vector and vectors that are long enough");
    }
  }
}
