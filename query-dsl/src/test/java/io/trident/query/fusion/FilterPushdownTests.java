/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.DenseQueryBuilder;
import io.trident.query.dsl.Feedback;
import io.trident.query.dsl.LearnedSparseQueryBuilder;
import io.trident.query.dsl.QueriesPlugin;
import io.trident.query.dsl.TopPassagesQueryBuilder;
import org.apache.lucene.search.join.ScoreMode;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.NestedQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.TermQueryBuilder;

/** Where the filter of a fusion goes in a leg. */
public class FilterPushdownTests extends LuceneTestCase {

  private static final QueryBuilder FILTER = new TermQueryBuilder("year", 1999);

  private static DenseQueryBuilder dense(String field) {
    return new DenseQueryBuilder(QueriesPlugin.ENCODER, field).vector(new float[] {1, 2});
  }

  private static DenseQueryBuilder filtered(String field) {
    return dense(field).filter(FILTER);
  }

  public void testIntoAQueryThatPicksCandidates() {
    assertEquals(filtered("d"), FilterPushdown.into(dense("d"), FILTER));
  }

  public void testIntoAndAroundOnesThatHoldThem() {
    assertEquals(
        new NestedQueryBuilder("p", filtered("p.d"), ScoreMode.Max).filter(FILTER),
        FilterPushdown.into(new NestedQueryBuilder("p", dense("p.d"), ScoreMode.Max), FILTER));
    assertEquals(
        new TopPassagesQueryBuilder("p", filtered("p.d")).filter(FILTER),
        FilterPushdown.into(new TopPassagesQueryBuilder("p", dense("p.d")), FILTER));
  }

  public void testIntoEachClause() {
    assertEquals(
        new BoolQueryBuilder()
            .should(filtered("a"))
            .should(new BoolQueryBuilder().must(filtered("b")).mustNot(filtered("c")))
            .must(filtered("d"))
            .filter(FILTER),
        FilterPushdown.into(
            new BoolQueryBuilder()
                .should(dense("a"))
                .should(new BoolQueryBuilder().must(dense("b")).mustNot(dense("c")))
                .must(dense("d")),
            FILTER));
  }

  public void testAroundOthers() {
    assertEquals(
        new MatchAllQueryBuilder().filter(FILTER),
        FilterPushdown.into(new MatchAllQueryBuilder(), FILTER));
  }

  private static LearnedSparseQueryBuilder moved(QueryBuilder filter) {
    return new LearnedSparseQueryBuilder(QueriesPlugin.ENCODER, "s")
        .text("sand", null)
        .feedback(new Feedback(3, 1, 30, null, filter));
  }

  public void testIntoTheFirstSearchOfAQueryThatTakesNoFilter() {
    for (QueryBuilder within : new QueryBuilder[] {null, new TermQueryBuilder("shelf", "left")}) {
      QueryBuilder both =
          within == null ? FILTER : new BoolQueryBuilder().filter(within).filter(FILTER);
      assertEquals(
          new BoolQueryBuilder().must(moved(both)).filter(FILTER),
          FilterPushdown.into(moved(within), FILTER));
      assertEquals(
          new BoolQueryBuilder().should(moved(both)).filter(FILTER),
          FilterPushdown.into(new BoolQueryBuilder().should(moved(within)), FILTER));
    }
  }
}
