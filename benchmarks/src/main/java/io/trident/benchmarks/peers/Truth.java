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

  private final List<Set<String>> best;

  private Truth(List<Set<String>> best) {
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

  private static Set<String> ids(PriorityQueue<Scored> queue) {
    Set<String> ids = new HashSet<>();
    queue.forEach(hit -> ids.add(Integer.toString(hit.document)));
    return ids;
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

  /** The share of the exact best documents of a query that were found. */
  double recall(int query, List<String> found) {
    Set<String> exact = best.get(query);
    return exact.isEmpty()
        ? 1
        : (double) found.stream().filter(exact::contains).count() / exact.size();
  }
}
