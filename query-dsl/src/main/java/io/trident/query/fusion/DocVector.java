/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The vector of a document, by tokens or by dimensions, of length 1. Immutable.
 *
 * @param tokens the tokens, ascending, or null for dimensions
 * @param values the value of each
 */
record DocVector(String[] tokens, double[] values) {

  /** Makes what {@link DocumentVectors} has read; null of null. */
  static DocVector of(Object read) {
    if (read instanceof Map<?, ?> weights) {
      Map<String, Object> sorted = new TreeMap<>();
      weights.forEach((token, weight) -> sorted.put((String) token, weight));
      return new DocVector(
          sorted.keySet().toArray(String[]::new), unit(List.copyOf(sorted.values())));
    }
    return read instanceof List<?> numbers ? new DocVector(null, unit(numbers)) : null;
  }

  private static double[] unit(List<?> numbers) {
    double[] values = new double[numbers.size()];
    double squares = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = ((Number) numbers.get(i)).doubleValue();
      squares += values[i] * values[i];
    }
    for (int i = 0; i < values.length && squares > 0; i++) {
      values[i] /= Math.sqrt(squares);
    }
    return values;
  }

  /** The cosine of two vectors; 0 for those of different kinds. */
  double cosine(DocVector other) {
    if (tokens == null || other.tokens == null) {
      return tokens == other.tokens && values.length == other.values.length
          ? dotByDimensions(other)
          : 0;
    }
    double dot = 0;
    for (int i = 0, j = 0; i < tokens.length && j < other.tokens.length; ) {
      int order = tokens[i].compareTo(other.tokens[j]);
      if (order == 0) {
        dot += values[i] * other.values[j];
      }
      i += order <= 0 ? 1 : 0;
      j += order >= 0 ? 1 : 0;
    }
    return dot;
  }

  private double dotByDimensions(DocVector other) {
    double dot = 0;
    for (int i = 0; i < values.length; i++) {
      dot += values[i] * other.values[i];
    }
    return dot;
  }
}
