/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Looks for the best weights of one way of fusing, by coordinate ascent: one weight after the other
 * takes the value of a grid that gains most, until none gains. Only ratios of weights matter, so
 * with two legs this tries them all; with more it may end in a local optimum, and so begins both
 * with the present weights and with equal ones. Values of queries are kept, because the training
 * sets of a cross-validation ask for the same ones.
 */
final class WeightSearch {

  /** Multiples of the largest present weight: close to each other where rankings differ most. */
  private static final float[] GRID = {
    0.02f, 0.05f, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.8f, 1, 1.25f, 1.6f, 2, 3, 5
  };

  /** Differences below are those of rounding. */
  static final double MIN_GAIN = 1e-9;

  private final List<QueryTable> queries;
  private final Runnable checkpoint;
  private final Map<List<Float>, double[]> values = new HashMap<>();

  /**
   * Weights and what they are worth.
   *
   * @param training the mean over the training queries
   * @param values that of every query
   */
  record Found(List<Float> weights, double training, double[] values) {}

  /**
   * Knows no values yet.
   *
   * @param checkpoint called before each evaluation; ends the search by an exception
   */
  WeightSearch(List<QueryTable> queries, Runnable checkpoint) {
    this.queries = queries;
    this.checkpoint = checkpoint;
  }

  /**
   * The best weights that are found.
   *
   * @param training the numbers of the queries that count
   */
  Found best(List<Float> present, int[] training) {
    Found best = ascend(found(present, training), training, Collections.max(present));
    List<Float> equal = Collections.nCopies(present.size(), Collections.max(present));
    return better(best, ascend(found(equal, training), training, Collections.max(present)));
  }

  private Found ascend(Found start, int[] training, float unit) {
    Found best = start;
    int legs = start.weights.size();
    boolean gained = legs > 1;
    while (gained) {
      Found before = best;
      for (int leg = 0; leg < legs; leg++) {
        for (float multiple : GRID) {
          List<Float> weights = new ArrayList<>(best.weights);
          weights.set(leg, multiple * unit);
          if (weights.get(leg) > 0 && Float.isFinite(weights.get(leg))) {
            best = better(best, found(weights, training));
          }
        }
      }
      gained = best != before;
    }
    return best;
  }

  private static Found better(Found one, Found other) {
    return other.training > one.training + MIN_GAIN ? other : one;
  }

  /** What weights are worth. */
  Found found(List<Float> weights, int[] training) {
    double[] all = values.computeIfAbsent(List.copyOf(weights), this::evaluate);
    double sum = 0;
    for (int query : training) {
      sum += all[query];
    }
    return new Found(List.copyOf(weights), sum / training.length, all);
  }

  private double[] evaluate(List<Float> weights) {
    checkpoint.run();
    double[] doubles = weights.stream().mapToDouble(Float::doubleValue).toArray();
    ToDoubleFunction<QueryTable> ndcg = query -> query.ndcg(doubles);
    return queries.stream().mapToDouble(ndcg).toArray();
  }
}
