/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.budget;

import io.trident.query.lucene.BudgetedRounds;
import io.trident.query.lucene.ScoringBudget;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopDocs;
import org.opensearch.search.rescore.QueryRescorer;
import org.opensearch.search.rescore.QueryRescorer.QueryRescoreContext;
import org.opensearch.search.rescore.RescoreContext;
import org.opensearch.search.rescore.Rescorer;

/**
 * A rescoring by a query with a budget: the hits of the window in the order in which they came, in
 * rounds, for as long as it lasts. Those that there is no time for are treated as those beyond the
 * window. Not thread-safe.
 */
final class BudgetedRescore extends QueryRescoreContext {

  private static final Comparator<ScoreDoc> BEST_FIRST =
      Comparator.comparingDouble((ScoreDoc hit) -> -hit.score).thenComparingInt(hit -> hit.doc);

  private final ScoringBudget budget;

  private BudgetedRescore(QueryRescoreContext rescore, ScoringBudget budget) {
    super(rescore.getWindowSize());
    this.budget = budget;
    setParsedQuery(rescore.parsedQuery());
    setQueryWeight(rescore.queryWeight());
    setRescoreQueryWeight(rescore.rescoreQueryWeight());
    setScoreMode(rescore.scoreMode());
  }

  /** A rescoring that keeps the shortest of its query's budgets; itself when it has none. */
  static RescoreContext of(RescoreContext rescore) {
    if (rescore instanceof QueryRescoreContext == false) {
      return rescore;
    }
    QueryRescoreContext query = (QueryRescoreContext) rescore;
    Set<ScoringBudget> budgets = new Budgets().of(query.parsedQuery().query()).found();
    budgets.forEach(ScoringBudget::keepOutside);
    return budgets.stream()
        .min(Comparator.comparingLong(ScoringBudget::nanos))
        .<RescoreContext>map(budget -> new BudgetedRescore(query, budget))
        .orElse(rescore);
  }

  @Override
  public Rescorer rescorer() {
    return new Rescorer() {
      @Override
      public TopDocs rescore(TopDocs hits, IndexSearcher searcher, RescoreContext context)
          throws IOException {
        return BudgetedRescore.this.rescore(hits, searcher);
      }

      @Override
      public Explanation explain(
          int document, IndexSearcher searcher, RescoreContext context, Explanation source)
          throws IOException {
        return QueryRescorer.INSTANCE.explain(document, searcher, context, source);
      }
    };
  }

  private TopDocs rescore(TopDocs hits, IndexSearcher searcher) throws IOException {
    ScoreDoc[] ranking = hits.scoreDocs;
    int window = Math.min(getWindowSize(), ranking.length);
    BudgetedRounds rounds = budget.rounds(window);
    Set<Integer> rescored = new HashSet<>();
    for (int count = rounds.next(); count > 0; count = rounds.next()) {
      int from = rounds.dealt() - count;
      ScoreDoc[] round = Arrays.copyOfRange(ranking, from, rounds.dealt());
      ScoreDoc[] scored =
          QueryRescorer.INSTANCE.rescore(new TopDocs(hits.totalHits, round), searcher, this)
              .scoreDocs;
      System.arraycopy(scored, 0, ranking, from, count);
      rescored.addAll(getRescoredDocs());
    }
    for (int i = rounds.dealt(); i < ranking.length; i++) {
      ranking[i].score *= queryWeight();
    }
    setRescoredDocs(rescored);
    budget.count(rounds.dealt(), window - rounds.dealt());
    Arrays.sort(ranking, BEST_FIRST);
    return hits;
  }
}
