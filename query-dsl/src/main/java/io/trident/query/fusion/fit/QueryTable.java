/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

import io.trident.query.fusion.LegTable;
import io.trident.query.fusion.RankFusion;

/** One judged query under one way of fusing, to try many weights on. */
final class QueryTable {

  private final LegTable table;
  private final double[] gains;
  private final double ideal;

  QueryTable(JudgedQuery query, RankFusion fusion, int window) {
    table = new LegTable(fusion, query.windows(window));
    gains = new double[table.size()];
    for (int document = 0; document < gains.length; document++) {
      gains[document] = query.ratings().gain(table.key(document));
    }
    ideal = query.ratings().ideal();
  }

  /** The quality of the ranking that weights make. */
  double ndcg(double[] weights) {
    int[] best = table.best(weights, Ndcg.DEPTH);
    double[] found = new double[best.length];
    for (int rank = 0; rank < best.length; rank++) {
      found[rank] = gains[best[rank]];
    }
    return Ndcg.of(found, ideal);
  }
}
