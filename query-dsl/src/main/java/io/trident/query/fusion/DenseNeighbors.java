/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.DenseQueryBuilder;
import org.apache.lucene.search.BooleanClause;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;

/**
 * Makes the {@code dense} queries in a leg that do not say how many neighbors they find find as
 * many as the leg's window has: with fewer, the window would hold that many from each shard, and
 * the ranking would depend on the number of shards.
 *
 * @param window the least number of neighbors
 */
record DenseNeighbors(int window) implements QueryBuilderVisitor {

  @Override
  public void accept(QueryBuilder query) {
    if (query instanceof DenseQueryBuilder dense) {
      dense.atLeast(window);
    }
  }

  @Override
  public QueryBuilderVisitor getChildVisitor(BooleanClause.Occur occur) {
    return this;
  }
}
