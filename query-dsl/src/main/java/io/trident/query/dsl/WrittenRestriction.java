/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.lucene.search.BooleanClause;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;

/**
 * What a search's query demands around a fusion, for the one case in which legs must demand it,
 * too: the security plugin has written into the query which documents the user may see, and does
 * not look at the searches that run for this one.
 */
public final class WrittenRestriction {

  /** What the security plugin says to itself in the context of such a search. */
  private static final String WRITTEN = "_opendistro_security_filter_level_dls_done";

  private WrittenRestriction() {}

  /**
   * What legs must demand, or null for nothing.
   *
   * @param query the search's
   * @param fusion its part that has the legs; elsewhere in the search, as in a rescorer, legs
   *     demand all that the query does
   */
  public static QueryBuilder of(ThreadContext context, QueryBuilder query, QueryBuilder fusion) {
    if (query == null || isIn(context) == false) {
      return null;
    }
    if (contains(query, fusion) == false) {
      return query;
    }
    BoolQueryBuilder demands = new BoolQueryBuilder();
    addAround(query, fusion, demands);
    return demands.hasClauses() ? demands : null;
  }

  /** Whether searches that run for this one see documents that the user may not see. */
  static boolean isIn(ThreadContext context) {
    return context.getHeader(WRITTEN) != null;
  }

  private static void addAround(QueryBuilder query, QueryBuilder fusion, BoolQueryBuilder demands) {
    if (query instanceof BoolQueryBuilder bool) {
      Stream.concat(bool.must().stream(), bool.filter().stream())
          .filter(part -> contains(part, fusion) == false)
          .forEach(demands::filter);
      bool.mustNot().stream()
          .filter(part -> contains(part, fusion) == false)
          .forEach(demands::mustNot);
      boolean mayBeShould = bool.should().stream().anyMatch(part -> contains(part, fusion));
      if (bool.minimumShouldMatch() != null && mayBeShould == false) {
        BoolQueryBuilder some =
            new BoolQueryBuilder().minimumShouldMatch(bool.minimumShouldMatch());
        bool.should().forEach(some::should);
        demands.filter(some);
      }
      Stream.of(bool.must(), bool.filter(), bool.should())
          .flatMap(List::stream)
          .filter(part -> contains(part, fusion))
          .forEach(part -> addAround(part, fusion, demands));
    }
  }

  private static boolean contains(QueryBuilder query, QueryBuilder fusion) {
    List<QueryBuilder> same = new ArrayList<>();
    query.visit(
        new QueryBuilderVisitor() {
          @Override
          public void accept(QueryBuilder part) {
            if (part == fusion) {
              same.add(part);
            }
          }

          @Override
          public QueryBuilderVisitor getChildVisitor(BooleanClause.Occur occur) {
            return this;
          }
        });
    return same.isEmpty() == false;
  }
}
