/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import java.util.ArrayList;
import java.util.List;

/**
 * Vectors with weights, of which a query makes one. Not thread-safe.
 *
 * @param <V> the query's vector
 */
final class VectorParts<V> {

  private final List<V> vectors = new ArrayList<>();
  private final List<Float> weights = new ArrayList<>();

  /** Adds a vector. */
  void add(V vector, float weight) {
    vectors.add(vector);
    weights.add(weight);
  }

  /** Adds others, with so many times their weights. */
  void addAll(VectorParts<V> others, float times) {
    for (int i = 0; i < others.vectors.size(); i++) {
      add(others.vectors.get(i), times * others.weights.get(i));
    }
  }

  List<V> vectors() {
    return vectors;
  }

  /** One for each vector. */
  List<Float> weights() {
    return weights;
  }

  boolean isEmpty() {
    return vectors.isEmpty();
  }
}
