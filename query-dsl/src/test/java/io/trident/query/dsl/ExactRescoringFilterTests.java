/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import java.util.List;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.ConstantScoreQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.rescore.QueryRescorerBuilder;
import org.opensearch.test.OpenSearchTestCase;

/** Completes requests as a node does before they run. */
public class ExactRescoringFilterTests extends OpenSearchTestCase {

  private static DenseQueryBuilder dense() {
    return new DenseQueryBuilder(QueriesPlugin.ENCODER, "v").vector(new float[] {1, 2}).k(7);
  }

  private static QueryBuilder completed(QueryBuilder query) {
    SearchSourceBuilder source =
        new SearchSourceBuilder().query(dense()).addRescorer(new QueryRescorerBuilder(query));
    new ExactRescoringFilter().complete(new SearchRequest().source(source));
    assertEquals("the search itself stays", dense(), source.query());
    return query;
  }

  public void testScoringQueriesOfARescoreBecomeExact() {
    assertEquals(dense().exact(), completed(dense()));
    assertEquals(
        new BoolQueryBuilder().must(dense().exact()).should(dense().exact()),
        completed(new BoolQueryBuilder().must(dense()).should(dense())));
  }

  public void testFiltersOfARescoreStayAsTheyAre() {
    for (QueryBuilder query :
        List.of(
            new BoolQueryBuilder().filter(dense()).mustNot(dense()),
            new ConstantScoreQueryBuilder(dense()))) {
      String before = query.toString();
      assertEquals(before, completed(query).toString());
    }
  }

  public void testRequestsWithoutRescoreStayAsTheyAre() {
    new ExactRescoringFilter().complete(new SearchRequest());
    SearchSourceBuilder source = new SearchSourceBuilder().query(dense());
    new ExactRescoringFilter().complete(new SearchRequest().source(source));
    assertEquals(dense(), source.query());
  }
}
