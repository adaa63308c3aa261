/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.relevance;

import io.trident.query.fusion.fit.Ndcg;
import java.util.List;
import java.util.Map;

/**
 * The quality of one ranking, from 0 to 1, as trec_eval computes it. A document is relevant when
 * its grade is at least 1; documents that are not judged are not relevant. Rankings without a
 * relevant document score 0.
 */
public enum Metric {
  /** Normalised discounted cumulative gain; the gain is the grade (Järvelin and Kekäläinen). */
  NDCG_10("nDCG@10") {
    @Override
    public double of(List<String> ranking, Map<String, Integer> grades) {
      double[] gains =
          ranking.stream().limit(Ndcg.DEPTH).mapToDouble(found -> gain(found, grades)).toArray();
      double[] ideal = grades.values().stream().mapToDouble(grade -> grade).toArray();
      return Ndcg.of(gains, Ndcg.ideal(ideal));
    }
  },

  /** One over the rank of the first relevant document of the first ten. */
  MRR_10("MRR@10") {
    @Override
    public double of(List<String> ranking, Map<String, Integer> grades) {
      for (int rank = 0; rank < Math.min(10, ranking.size()); rank++) {
        if (gain(ranking.get(rank), grades) > 0) {
          return 1.0 / (rank + 1);
        }
      }
      return 0;
    }
  },

  /** The share of relevant documents among the first hundred. */
  RECALL_100("R@100") {
    @Override
    public double of(List<String> ranking, Map<String, Integer> grades) {
      return recall(ranking, grades, 100);
    }
  },

  /** The share of relevant documents among the first thousand. */
  RECALL_1000("R@1000") {
    @Override
    public double of(List<String> ranking, Map<String, Integer> grades) {
      return recall(ranking, grades, 1000);
    }
  },

  /** Average precision over the ranks of the relevant documents. */
  AVERAGE_PRECISION("MAP") {
    @Override
    public double of(List<String> ranking, Map<String, Integer> grades) {
      int found = 0;
      double sum = 0;
      for (int rank = 0; rank < ranking.size(); rank++) {
        if (gain(ranking.get(rank), grades) > 0) {
          sum += (double) ++found / (rank + 1);
        }
      }
      long relevant = relevant(grades);
      return relevant == 0 ? 0 : sum / relevant;
    }
  };

  private final String label;

  Metric(String label) {
    this.label = label;
  }

  /** The metric's usual name. */
  String label() {
    return label;
  }

  /**
   * The quality of a ranking.
   *
   * @param ranking the documents that were found, best first
   * @param grades the grades of the documents that are judged
   */
  public abstract double of(List<String> ranking, Map<String, Integer> grades);

  /** How many documents are relevant. */
  static long relevant(Map<String, Integer> grades) {
    return grades.values().stream().filter(grade -> grade > 0).count();
  }

  private static int gain(String document, Map<String, Integer> grades) {
    return Math.max(0, grades.getOrDefault(document, 0));
  }

  private static double recall(List<String> ranking, Map<String, Integer> grades, int depth) {
    long found =
        ranking.stream().limit(depth).filter(document -> gain(document, grades) > 0).count();
    long relevant = relevant(grades);
    return relevant == 0 ? 0 : (double) found / relevant;
  }
}
