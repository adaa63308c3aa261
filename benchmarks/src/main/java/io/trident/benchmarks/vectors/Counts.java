/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import java.util.Arrays;

/**
 * How often a text has which words. Immutable.
 *
 * @param tokens the words' ids, ascending
 * @param counts how often each occurs
 */
record Counts(int[] tokens, short[] counts) {

  /** Counts ids. */
  static Counts of(int[] ids) {
    int[] sorted = ids.clone();
    Arrays.sort(sorted);
    int[] tokens = Arrays.stream(sorted).distinct().toArray();
    short[] counts = new short[tokens.length];
    int position = -1;
    for (int i = 0; i < sorted.length; i++) {
      position += i == 0 || sorted[i] != sorted[i - 1] ? 1 : 0;
      counts[position] = (short) Math.min(Short.MAX_VALUE, counts[position] + 1);
    }
    return new Counts(tokens, counts);
  }
}
