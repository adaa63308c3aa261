/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.relevance;

import io.trident.query.fusion.fit.RandomizationTest;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The quality of a system's rankings, query by query. Immutable. */
final class Evaluation {

  private final Run run;
  private final Map<Metric, double[]> values = new EnumMap<>(Metric.class);

  /**
   * Judges a run.
   *
   * @param queries the queries that count, each with a relevant document
   */
  Evaluation(Run run, List<String> queries, Map<String, Map<String, Integer>> judgements) {
    this.run = run;
    for (Metric metric : Metric.values()) {
      values.put(
          metric,
          queries.stream()
              .mapToDouble(query -> metric.of(run.ranking(query), judgements.get(query)))
              .toArray());
    }
  }

  /** What was judged. */
  Run run() {
    return run;
  }

  /** Each query's value. */
  double[] values(Metric metric) {
    return values.get(metric).clone();
  }

  /** The mean over all queries. */
  double mean(Metric metric) {
    return Arrays.stream(values.get(metric)).average().orElse(0);
  }

  /** How likely a difference to another system as large as this one is by chance. */
  double pValue(Metric metric, Evaluation other) {
    return RandomizationTest.pValue(values.get(metric), other.values.get(metric));
  }

  /** In how many queries this system is better by a metric. */
  int better(Metric metric, Evaluation other) {
    int better = 0;
    for (int i = 0; i < values.get(metric).length; i++) {
      better += Double.compare(values.get(metric)[i], other.values.get(metric)[i]) > 0 ? 1 : 0;
    }
    return better;
  }
}
