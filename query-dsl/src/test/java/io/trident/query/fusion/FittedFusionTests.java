/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.List;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.test.OpenSearchTestCase;

/** Which fusion of a query is fitted. */
public class FittedFusionTests extends OpenSearchTestCase {

  private static FusionQueryBuilder fusion(int window, QueryBuilder leg) {
    return new FusionQueryBuilder(List.of(new FusionLeg("a", 1, leg))).window(window);
  }

  public void testTheOutermostFusionIsFound() {
    FusionQueryBuilder outer = fusion(30, fusion(20, new MatchAllQueryBuilder()));
    assertEquals(30, FittedFusion.in(outer).window());
    QueryBuilder inside =
        new BoolQueryBuilder()
            .must(outer)
            .filter(new TermQueryBuilder("f", "v"))
            .should(new MatchAllQueryBuilder());
    assertEquals(30, FittedFusion.in(inside).window());
  }

  public void testAQueryMustHaveOne() {
    BoolQueryBuilder two =
        new BoolQueryBuilder()
            .must(fusion(30, new MatchAllQueryBuilder()))
            .filter(fusion(20, new MatchAllQueryBuilder()));
    for (QueryBuilder query : List.of(two, new MatchAllQueryBuilder())) {
      String got = query == two ? "got [2]" : "got [0]";
      IllegalArgumentException refused =
          expectThrows(IllegalArgumentException.class, () -> FittedFusion.in(query));
      assertTrue(refused.getMessage(), refused.getMessage().contains(got));
    }
  }

  public void testItsWindowBecomesNoSmaller() {
    FusionQueryBuilder query = fusion(30, new MatchAllQueryBuilder());
    FittedFusion.in(query).watch(10, legs -> {});
    assertEquals(30, query.window());
    FittedFusion.in(query).watch(300, legs -> {});
    assertEquals(300, query.window());
  }
}
