/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

import io.trident.query.fusion.ScoreMap;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What came of fitting a map to relevance.
 *
 * @param map fitted to all queries
 * @param hits their first hits, with probabilities by maps that were not fitted to their query
 * @param answerable whether each query has a relevant document at all
 */
public record RelevanceResult(ScoreMap map, List<Hit> hits, List<Boolean> answerable) {

  /**
   * A hit.
   *
   * @param query the number of the query
   * @param probability that it is relevant
   * @param fused its fused score
   * @param isRelevant whether it is
   */
  public record Hit(int query, double probability, double fused, boolean isRelevant) {}

  /**
   * What a cut-off leaves.
   *
   * @param probability the least that hits must reach
   * @param precision the share of relevant ones among the hits that reach it
   * @param recall the share of the relevant hits that reach it
   */
  public record Point(double probability, double precision, double recall) {}

  /** How many of the hits are relevant. */
  public long relevant() {
    return hits.stream().filter(Hit::isRelevant).count();
  }

  /** What a cut-off leaves, or null when that is nothing. */
  public Point at(double probability) {
    List<Hit> left = hits.stream().filter(hit -> hit.probability >= probability).toList();
    long found = left.stream().filter(Hit::isRelevant).count();
    return left.isEmpty()
        ? null
        : new Point(probability, (double) found / left.size(), (double) found / relevant());
  }

  /** The cut-off of the largest recall that has a precision, or null when none has. */
  public Point withPrecision(double wanted) {
    List<Hit> ranked = ranked(Hit::probability);
    int found = 0;
    Point best = null;
    for (int i = 0; i < ranked.size(); i++) {
      found += ranked.get(i).isRelevant ? 1 : 0;
      double probability = ranked.get(i).probability;
      boolean isLast = i + 1 == ranked.size() || ranked.get(i + 1).probability < probability;
      if (isLast && found >= wanted * (i + 1)) {
        best = new Point(probability, found / (i + 1.0), (double) found / relevant());
      }
    }
    return best;
  }

  /** The average precision of the hits by their probabilities. */
  public double averagePrecision() {
    return averagePrecision(Hit::probability);
  }

  /** The average precision of the hits by their fused scores, with which nothing is fitted. */
  public double fusedAveragePrecision() {
    return averagePrecision(Hit::fused);
  }

  /** Of equal values the worst order counts. */
  private double averagePrecision(ToDoubleFunction<Hit> value) {
    List<Hit> ranked = ranked(value);
    double sum = 0;
    int found = 0;
    for (int i = 0; i < ranked.size(); i++) {
      if (ranked.get(i).isRelevant) {
        found++;
        sum += found / (i + 1.0);
      }
    }
    return sum / relevant();
  }

  private List<Hit> ranked(ToDoubleFunction<Hit> value) {
    return hits.stream()
        .sorted(
            Comparator.comparingDouble((Hit hit) -> -value.applyAsDouble(hit))
                .thenComparing(Hit::isRelevant))
        .toList();
  }

  /**
   * How many queries a cut-off leaves nothing.
   *
   * @param answerableOnes of those that have a relevant document, or of the others
   */
  public int empty(double probability, boolean answerableOnes) {
    Set<Integer> found = new HashSet<>();
    hits.stream()
        .filter(hit -> hit.probability >= probability)
        .forEach(hit -> found.add(hit.query));
    return (int)
        IntStream.range(0, answerable.size())
            .filter(query -> answerable.get(query) == answerableOnes)
            .filter(query -> found.contains(query) == false)
            .count();
  }
}
