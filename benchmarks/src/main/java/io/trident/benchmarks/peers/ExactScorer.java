/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.peers;

import io.trident.benchmarks.vectors.Item;
import io.trident.benchmarks.vectors.SparseVector;
import java.util.Arrays;
import java.util.List;

/** Scores a document for all queries at once, from the floats that went into the indices. */
interface ExactScorer {

  /**
   * Scores a document.
   *
   * @param scores takes the score of each query; negative infinity where the document is no
   *     candidate
   */
  void score(Item document, float[] scores);

  /** The dot product of sparse vectors. */
  static ExactScorer sparse(List<Item> queries) {
    int last =
        queries.stream()
            .flatMapToInt(query -> Arrays.stream(query.sparse().tokens()))
            .max()
            .orElse(0);
    float[][] columns = new float[last + 1][];
    for (int q = 0; q < queries.size(); q++) {
      SparseVector query = queries.get(q).sparse();
      for (int i = 0; i < query.tokens().length; i++) {
        int token = query.tokens()[i];
        if (columns[token] == null) {
          columns[token] = new float[queries.size()];
        }
        columns[token][q] = query.weights()[i];
      }
    }
    return (document, scores) -> {
      Arrays.fill(scores, 0);
      SparseVector vector = document.sparse();
      for (int i = 0; i < vector.tokens().length; i++) {
        int token = vector.tokens()[i];
        if (token < columns.length && columns[token] != null) {
          add(scores, columns[token], vector.weights()[i]);
        }
      }
    };
  }

  /** The dot product of dense vectors of length 1. */
  static ExactScorer dense(List<Item> queries) {
    float[][] columns = new float[queries.get(0).dense().length][queries.size()];
    for (int q = 0; q < queries.size(); q++) {
      for (int d = 0; d < columns.length; d++) {
        columns[d][q] = queries.get(q).dense()[d];
      }
    }
    return (document, scores) -> {
      Arrays.fill(scores, 0);
      for (int d = 0; d < columns.length; d++) {
        add(scores, columns[d], document.dense()[d]);
      }
    };
  }

  /** MaxSim over the documents of each query's group. */
  static ExactScorer maxSim(List<Item> queries) {
    return (document, scores) -> {
      for (int q = 0; q < scores.length; q++) {
        Item query = queries.get(q);
        scores[q] =
            query.group() == document.group()
                ? maxSim(query.tokens().vectors(), document.tokens().vectors())
                : Float.NEGATIVE_INFINITY;
      }
    };
  }

  private static float maxSim(float[][] query, float[][] document) {
    float sum = 0;
    for (float[] token : query) {
      float best = Float.NEGATIVE_INFINITY;
      for (float[] other : document) {
        float product = 0;
        for (int d = 0; d < token.length; d++) {
          product += token[d] * other[d];
        }
        best = Math.max(best, product);
      }
      sum += best;
    }
    return sum;
  }

  private static void add(float[] scores, float[] column, float factor) {
    for (int q = 0; q < scores.length; q++) {
      scores[q] += column[q] * factor;
    }
  }
}
