/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.ConstantScoreQueryBuilder;
import org.opensearch.index.query.DisMaxQueryBuilder;
import org.opensearch.index.query.ExistsQueryBuilder;
import org.opensearch.index.query.IdsQueryBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.NestedQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.RangeQueryBuilder;
import org.opensearch.index.query.TermsQueryBuilder;

/**
 * Tells which queries score by statistics of the index, as BM25 does by how many documents have a
 * term. Their scores are comparable over shards only when the shards share their statistics, which
 * costs a round.
 */
final class IndexStatistics {

  /**
   * Queries of other makers that are known to score by themselves and by the queries inside of
   * them, which a visitor sees: those of OpenSearch that combine or give one score to all, and the
   * nearest neighbours of the k-NN plugin.
   */
  private static final Set<String> UNUSED_BY =
      Set.of(
          BoolQueryBuilder.NAME,
          ConstantScoreQueryBuilder.NAME,
          DisMaxQueryBuilder.NAME,
          ExistsQueryBuilder.NAME,
          IdsQueryBuilder.NAME,
          MatchAllQueryBuilder.NAME,
          MatchNoneQueryBuilder.NAME,
          NestedQueryBuilder.NAME,
          RangeQueryBuilder.NAME,
          TermsQueryBuilder.NAME,
          "knn");

  private IndexStatistics() {}

  /** Whether a part of a query that scores may use statistics; unknown queries may. */
  static boolean usedBy(QueryBuilder query) {
    List<QueryBuilder> visited = new ArrayList<>();
    query.visit(new ScoringParts(visited::add));
    return visited.stream().allMatch(IndexStatistics::isFreeOf) == false;
  }

  private static boolean isFreeOf(QueryBuilder part) {
    return part instanceof StatisticsFree query
        ? query.isStatisticsFree()
        : UNUSED_BY.contains(part.getWriteableName());
  }
}
