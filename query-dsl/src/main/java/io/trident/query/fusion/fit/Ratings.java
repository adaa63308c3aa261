/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

import io.trident.query.fusion.DocKey;
import java.util.Map;

/**
 * How relevant documents are to one query. Immutable.
 *
 * @param grades the grade of each document; a grade that is not positive says that it is not
 *     relevant, as if it were not judged
 */
public record Ratings(Map<Rated, Double> grades) {

  /**
   * A document that is judged.
   *
   * @param index its concrete index, or null for any that is searched
   * @param id its {@code _id}
   */
  public record Rated(String index, String id) {}

  public Ratings {
    grades = Map.copyOf(grades);
  }

  /** The gain of a document; 0 when it is not judged. */
  public double gain(DocKey document) {
    Double anywhere = grades.getOrDefault(new Rated(null, document.id()), 0.0);
    return Math.max(0, grades.getOrDefault(new Rated(document.index(), document.id()), anywhere));
  }

  /** What the best ranking gains; 0 when no document is relevant. */
  public double ideal() {
    return Ndcg.ideal(grades.values().stream().mapToDouble(Double::doubleValue).toArray());
  }
}
