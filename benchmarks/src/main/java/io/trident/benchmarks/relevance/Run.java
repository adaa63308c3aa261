/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.relevance;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What one system found for each query, best first. */
final class Run {

  private final String system;
  private final Map<String, List<Hit>> hits = new LinkedHashMap<>();

  Run(String system) {
    this.system = system;
  }

  /**
   * A document that was found.
   *
   * @param document its id
   * @param score its score; not a number when it has none, as below the window of a reranker
   */
  record Hit(String document, float score) {}

  /** Takes the hits of a query. */
  void put(String query, List<Hit> found) {
    hits.put(query, found);
  }

  /** The documents found for a query, best first. */
  List<String> ranking(String query) {
    return hits.getOrDefault(query, List.of()).stream().map(Hit::document).toList();
  }

  /**
   * Writes the format of TREC. trec_eval orders by score, and equal scores by the document's name;
   * so that it sees the ranking as it was, a score that is not below the one before it becomes the
   * next smaller number.
   */
  void write(Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (Map.Entry<String, List<Hit>> entry : hits.entrySet()) {
        float last = Float.POSITIVE_INFINITY;
        int rank = 0;
        for (Hit hit : entry.getValue()) {
          last = hit.score() < last ? hit.score() : Math.nextDown(last);
          out.write(
              String.join(
                  " ",
                  entry.getKey(),
                  "Q0",
                  hit.document(),
                  Integer.toString(++rank),
                  Float.toString(last),
                  system));
          out.newLine();
        }
      }
    }
  }
}
