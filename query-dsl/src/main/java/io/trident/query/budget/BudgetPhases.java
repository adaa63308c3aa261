/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.budget;

import java.util.ArrayList;
import java.util.List;
import org.opensearch.index.shard.SearchOperationListener;
import org.opensearch.search.internal.SearchContext;
import org.opensearch.search.profile.NetworkTime;
import org.opensearch.search.profile.ProfileShardResult;
import org.opensearch.search.profile.aggregation.AggregationProfileShardResult;
import org.opensearch.search.profile.fetch.FetchProfileShardResult;
import org.opensearch.search.profile.query.QueryProfileShardResult;
import org.opensearch.search.query.QuerySearchResult;
import org.opensearch.search.rescore.QueryRescorer.QueryRescoreContext;
import org.opensearch.search.rescore.RescoreContext;

/**
 * What budgets need of the phases of a shard's search that has a {@link CountWish}: its rescorers
 * keep them, and its result has the count. Every shard of such a search tells one, because results
 * with and without a profile cannot be merged. Stateless.
 */
public final class BudgetPhases implements SearchOperationListener {

  @Override
  public void onPreQueryPhase(SearchContext context) {
    if (hasWish(context)) {
      context.rescore().replaceAll(BudgetedRescore::of);
    }
  }

  @Override
  public void onQueryPhase(SearchContext context, long tookInNanos) {
    if (hasWish(context)) {
      tell(context);
    }
  }

  /** The profile of a search in one shard is made again after its fetch. */
  @Override
  public void onFetchPhase(SearchContext context, long tookInNanos) {
    if (hasWish(context)
        && context.getProfilers() != null
        && context.queryResult().hasProfileResults()) {
      tell(context);
    }
  }

  private static boolean hasWish(SearchContext context) {
    return context.getSearchExt(CountWish.NAME) != null;
  }

  private static void tell(SearchContext context) {
    QuerySearchResult result = context.queryResult();
    ProfileShardResult profile =
        result.hasProfileResults()
            ? result.consumeProfileResult()
            : new ProfileShardResult(
                List.of(),
                new AggregationProfileShardResult(List.of()),
                new FetchProfileShardResult(List.of()),
                new NetworkTime(0, 0));
    List<QueryProfileShardResult> queries = new ArrayList<>(profile.getQueryProfileResults());
    queries.add(count(context).profile());
    result.profileResults(
        new ProfileShardResult(
            queries,
            profile.getAggregationProfileResults(),
            profile.getFetchProfileResult(),
            profile.getNetworkTime()));
  }

  private static ScoredCount count(SearchContext context) {
    Budgets budgets = new Budgets().of(context.query());
    for (RescoreContext rescore : context.rescore()) {
      if (rescore instanceof QueryRescoreContext query) {
        budgets.of(query.parsedQuery().query());
      }
    }
    return budgets.found().stream()
        .map(budget -> new ScoredCount(budget.scored(), budget.skipped()))
        .reduce(ScoredCount.NONE, ScoredCount::plus);
  }
}
