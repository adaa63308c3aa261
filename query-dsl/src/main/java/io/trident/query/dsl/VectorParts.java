/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.query.mapper.VectorModel;
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
  private VectorModel model = VectorModel.UNKNOWN;

  /** Adds a vector. */
  void add(V vector, float weight) {
    vectors.add(vector);
    weights.add(weight);
  }

  /** Says the model of the vectors that are of texts. */
  void setModel(VectorModel textModel) {
    model = textModel;
  }

  /** The model of the vectors that are of texts. */
  VectorModel model() {
    return model;
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
