/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.budget;

import io.trident.query.dsl.MaxSimQueryBuilder;
import io.trident.query.dsl.ScoringParts;
import io.trident.query.search.SearchFilter;
import io.trident.query.search.SearchResponseCopy;
import io.trident.query.search.SearchTrace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.profile.ProfileShardResult;
import org.opensearch.search.profile.query.QueryProfileShardResult;
import org.opensearch.search.rescore.QueryRescorerBuilder;
import org.opensearch.tasks.Task;

/**
 * Tells in the answer of a search with a budget how many documents its shards scored, and those of
 * the searches that ran for it. Thread-safe.
 */
public final class BudgetFilter extends SearchFilter {

  private final Supplier<ThreadContext> threadContext;

  /**
   * Makes the filter.
   *
   * @param threadContext the node's; asked for when a search comes
   */
  public BudgetFilter(Supplier<ThreadContext> threadContext) {
    this.threadContext = threadContext;
  }

  @Override
  public int order() {
    return Integer.MAX_VALUE;
  }

  @Override
  protected void apply(
      Task task, SearchRequest request, Search search, ActionListener<SearchResponse> listener) {
    SearchSourceBuilder source = request.source();
    // a cluster that runs a part of the search of another leaves the count to that
    if (source == null || hasWish(source) || isBudgeted(source) == false) {
      search.run(request, listener);
      return;
    }
    refuseWhatHasNoBest(request);
    SearchTrace trace = SearchTrace.current(threadContext.get());
    SearchRequest asked = copy(request);
    List<SearchExtBuilder> extensions = new ArrayList<>(source.ext());
    extensions.add(new CountWish());
    asked.source().ext(extensions);
    search.run(asked, ActionListener.map(listener, response -> told(response, trace)));
  }

  private static void refuseWhatHasNoBest(SearchRequest request) {
    if (request.scroll() != null) {
      throw new IllegalArgumentException(
          "["
              + MaxSimQueryBuilder.NAME
              + "] cannot have a [budget] with [scroll], whose pages would not be of one ranking");
    }
    if (scores(request.source().query(), part -> part.isBudgeted() && part.isExact())) {
      throw new IllegalArgumentException(
          "["
              + MaxSimQueryBuilder.NAME
              + "] must have [candidates] when it has a [budget], unless it is in a [rescore]");
    }
  }

  private static boolean hasWish(SearchSourceBuilder source) {
    return source.ext().stream().anyMatch(CountWish.class::isInstance);
  }

  private static boolean isBudgeted(SearchSourceBuilder source) {
    return scores(source.query(), MaxSimQueryBuilder::isBudgeted)
        || (source.rescores() != null
            && source.rescores().stream()
                .filter(QueryRescorerBuilder.class::isInstance)
                .map(rescore -> ((QueryRescorerBuilder) rescore).getRescoreQuery())
                .anyMatch(rescored -> scores(rescored, MaxSimQueryBuilder::isBudgeted)));
  }

  /** Whether one of a kind gives scores in a query, which may be null. */
  private static boolean scores(QueryBuilder query, Predicate<MaxSimQueryBuilder> kind) {
    if (query == null) {
      return false;
    }
    AtomicBoolean found = new AtomicBoolean();
    query.visit(
        new ScoringParts(
            part -> {
              if (part instanceof MaxSimQueryBuilder maxSim && kind.test(maxSim)) {
                found.set(true);
              }
            }));
    return found.get();
  }

  private static SearchResponse told(SearchResponse response, SearchTrace trace) {
    ScoredCount count = ScoredCount.NONE;
    Map<String, ProfileShardResult> profile = new LinkedHashMap<>();
    for (Map.Entry<String, ProfileShardResult> shard : response.getProfileResults().entrySet()) {
      List<QueryProfileShardResult> others = new ArrayList<>();
      for (QueryProfileShardResult query : shard.getValue().getQueryProfileResults()) {
        if (ScoredCount.isIn(query)) {
          count = count.plus(ScoredCount.of(query));
        } else {
          others.add(query);
        }
      }
      if (others.isEmpty() == false) {
        profile.put(shard.getKey(), with(others, shard.getValue()));
      }
    }
    if (trace != null) {
      count = BudgetNotes.of(trace).total(count);
      if (trace.outer() != null) {
        BudgetNotes.of(trace.outer()).add(count);
      }
    }
    return new SearchResponseCopy(response, response.getHits(), profile, new BudgetReport(count), 0)
        .response();
  }

  private static ProfileShardResult with(
      List<QueryProfileShardResult> queries, ProfileShardResult shard) {
    return new ProfileShardResult(
        queries,
        shard.getAggregationProfileResults(),
        shard.getFetchProfileResult(),
        shard.getNetworkTime());
  }
}
