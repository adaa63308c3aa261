/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.peers;

import io.trident.benchmarks.vectors.DataSet;
import io.trident.benchmarks.vectors.Item;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Function;

/** The exact answers to queries, by scoring every document. Immutable. */
final class Truth {

  /** What scores documents. */
  enum Kind {
    /** The dot product of the sparse vectors. */
    SPARSE(ExactScorer::sparse),
    /** The cosine of the dense vectors. */
    DENSE(ExactScorer::dense),
    /** MaxSim of the token vectors, in the query's group. */
    MAX_SIM(ExactScorer::maxSim),
    /** Nothing: answers are not checked. */
    NONE(null);

    private final Function<List<Item>, ExactScorer> scorer;

    Kind(Function<List<Item>, ExactScorer> scorer) {
      this.scorer = scorer;
    }
  }

  private record Scored(int document, float score) {}

  /** The ids of the best documents of each query, best first. */
  private final List<List<String>> best;

  private Truth(List<List<String>> best) {
    this.best = best;
  }

  /** Scores the first {@code limit} documents; null when answers are not checked. */
  static Truth compute(Kind kind, DataSet data, int limit, List<Item> queries, int k)
      throws IOException {
    if (kind == Kind.NONE) {
      return null;
    }
    ExactScorer scorer = kind.scorer.apply(queries);
    List<PriorityQueue<Scored>> queues = new ArrayList<>();
    queries.forEach(query -> queues.add(new PriorityQueue<>(Truth::worseFirst)));
    float[] scores = new float[queries.size()];
    data.documents(
        limit,
        (number, document) -> {
          scorer.score(document, scores);
          for (int q = 0; q < scores.length; q++) {
            offer(queues.get(q), number, scores[q], k);
          }
        });
    return new Truth(queues.stream().map(Truth::ids).toList());
  }

  private static int worseFirst(Scored one, Scored other) {
    return Float.compare(one.score, other.score);
  }

  private static List<String> ids(PriorityQueue<Scored> queue) {
    return queue.stream()
        .sorted((one, other) -> worseFirst(other, one))
        .map(hit -> Integer.toString(hit.document))
        .toList();
  }

  private static void offer(PriorityQueue<Scored> queue, int number, float score, int k) {
    if (score == Float.NEGATIVE_INFINITY || (queue.size() == k && score <= queue.peek().score)) {
      return;
    }
    queue.add(new Scored(number, score));
    if (queue.size() > k) {
      queue.poll();
    }
  }

  /**
   * The share of the exact best documents of a query that were found.
   *
   * @param k how many were wanted, at most as many as were computed
   */
  double recall(int query, List<String> found, int k) {
    List<String> all = best.get(query);
    Set<String> exact = new HashSet<>(all.subList(0, Math.min(k, all.size())));
    return exact.isEmpty()
        ? 1
        : (double) found.stream().filter(exact::contains).count() / exact.size();
  }
}
