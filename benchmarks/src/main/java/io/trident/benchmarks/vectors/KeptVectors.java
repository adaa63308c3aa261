/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps the documents of another data set on the heap, so that what a model gives them is computed
 * once for all indices. Not thread-safe.
 */
public final class KeptVectors implements DataSet {

  private final DataSet source;
  private final List<Item> kept = new ArrayList<>();
  private int asked;

  /** Keeps nothing yet. */
  public KeptVectors(DataSet source) {
    this.source = source;
  }

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public int documents(int limit, Consumer consumer) throws IOException {
    if (asked < limit) {
      asked = limit;
      kept.clear();
      source.documents(limit, (number, document) -> kept.add(document));
    }
    int count = Math.min(limit, kept.size());
    for (int number = 0; number < count; number++) {
      consumer.accept(number, kept.get(number));
    }
    return count;
  }

  @Override
  public List<Item> queries(boolean expanded, int limit, int documents) throws IOException {
    return source.queries(expanded, limit, documents);
  }
}
