/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.DenseQueryBuilder;
import io.trident.query.dsl.LearnedSparseQueryBuilder;
import io.trident.query.dsl.MaxSimQueryBuilder;
import java.util.Set;
import org.apache.lucene.search.BooleanClause.Occur;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;

/**
 * Puts the filter of a fusion into a leg: around the leg, and into every query of it that picks its
 * candidates before its results are filtered, however deep, so that as many are found as are asked
 * for.
 */
final class FilterPushdown implements QueryBuilderVisitor {

  /**
   * Queries that take a filter into themselves. {@code knn} is k-NN's, which answers with a copy
   * that has the filter: as a leg it picks filtered candidates, inside of another query of the leg
   * its hits are filtered by what is around the leg.
   */
  private static final Set<String> PICKING =
      Set.of(
          DenseQueryBuilder.NAME,
          MaxSimQueryBuilder.NAME,
          FusionQueryBuilder.NAME,
          NeuralTextQueryBuilder.NAME,
          "knn");

  private final QueryBuilder filter;

  /** Whether the query that was seen last has taken the filter, for all inside of it. */
  private boolean taken;

  private FilterPushdown(QueryBuilder filter) {
    this.filter = filter;
  }

  /** The leg's query with the filter; may change the query, which must be a copy. */
  static QueryBuilder into(QueryBuilder query, QueryBuilder filter) {
    if (!picks(query)) {
      query.visit(new FilterPushdown(filter));
    }
    return query.filter(filter);
  }

  private static boolean picks(QueryBuilder query) {
    return PICKING.contains(query.getWriteableName());
  }

  /** What moves a query that takes no filter itself must match the filter, too. */
  private void withinFeedback(QueryBuilder query) {
    if (query instanceof LearnedSparseQueryBuilder sparse) {
      sparse.feedbackWithin(filter);
    }
  }

  @Override
  public void accept(QueryBuilder query) {
    taken = picks(query);
    if (taken) {
      query.filter(filter);
    } else {
      withinFeedback(query);
    }
  }

  @Override
  public QueryBuilderVisitor getChildVisitor(Occur occur) {
    return taken ? NO_OP_VISITOR : new FilterPushdown(filter);
  }
}
