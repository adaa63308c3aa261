/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import java.util.function.Consumer;
import org.apache.lucene.search.BooleanClause.Occur;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;

/**
 * Visits a query and the queries inside of it, but for those that only filter.
 *
 * @param consumer gets each of them
 */
public record ScoringParts(Consumer<QueryBuilder> consumer) implements QueryBuilderVisitor {

  @Override
  public void accept(QueryBuilder query) {
    consumer.accept(query);
  }

  @Override
  public QueryBuilderVisitor getChildVisitor(Occur occur) {
    return occur == Occur.FILTER || occur == Occur.MUST_NOT ? NO_OP_VISITOR : this;
  }
}
