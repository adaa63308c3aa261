/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.query.search.RequestCompletion;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.rescore.QueryRescorerBuilder;

/**
 * Makes the {@code dense} queries that score in a {@code rescore} exact: they are asked about given
 * documents, most of which may not be among the nearest of the index. What only filters goes on
 * matching no more than the nearest. Thread-safe.
 */
public final class ExactRescoringFilter extends RequestCompletion {

  @Override
  protected void complete(ActionRequest request) {
    if (request instanceof SearchRequest search
        && search.source() != null
        && search.source().rescores() != null) {
      search.source().rescores().stream()
          .filter(QueryRescorerBuilder.class::isInstance)
          .forEach(rescorer -> makeExact(((QueryRescorerBuilder) rescorer).getRescoreQuery()));
    }
  }

  private static void makeExact(QueryBuilder query) {
    query.visit(
        new ScoringParts(
            part -> {
              if (part instanceof DenseQueryBuilder dense) {
                dense.exact();
              }
            }));
  }
}
