/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.DenseQueryBuilder;
import io.trident.query.dsl.SubSearchContext;
import io.trident.query.dsl.WrittenRestriction;
import io.trident.query.search.SearchTrace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.NamedWriteableAwareStreamInput;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.internal.SearchContext;
import org.opensearch.transport.client.Client;

/** One fusion of one search on its coordinating node: runs the legs, and ranks what they found. */
final class FusionRun {

  private static final int DEFAULT_SIZE = 10;

  /** Documents behind a page, which fill it when some of it are deleted meanwhile. */
  private static final int SPARE = 10;

  private final SearchRequest search;
  private final QueryRewriteContext context;
  private final FusionOptions options;
  private final QueryBuilder fusion;
  private final FusionRole role;
  private final Consumer<LegWindows> observer;

  /**
   * Makes a run, unless the search is one that a fusion cannot be part of.
   *
   * @param fusion the query, as it is in the search
   * @param observer told what the legs found; null for nobody
   */
  FusionRun(
      SearchRequest search,
      QueryRewriteContext context,
      FusionOptions options,
      QueryBuilder fusion,
      Consumer<LegWindows> observer) {
    this.search = search;
    this.context = context;
    this.options = options;
    this.fusion = fusion;
    this.role = options.role(FusionRole.of(fusion, search.source()));
    this.observer = observer;
    if (search.source() != null) {
      check(search.source());
    }
  }

  /** What the fusion is to the search. */
  FusionRole role() {
    return role;
  }

  /** Refuses a search that the fusion cannot be part of. */
  private void check(SearchSourceBuilder source) {
    int from = Math.max(source.from(), 0);
    int size = size(source);
    if (role != FusionRole.PART && (long) from + size > options.window()) {
      throw new IllegalArgumentException(
          "["
              + FusionQueryBuilder.NAME
              + "] must have a [window] of at least [from] + [size], got a window of ["
              + options.window()
              + "] with from ["
              + from
              + "] and size ["
              + size
              + "]");
    }
    refuse(source.slice() != null, "[slice]");
    refuse(
        source.terminateAfter() != SearchContext.DEFAULT_TERMINATE_AFTER,
        "[terminate_after], which ends a search before its best documents are found");
    if (options.scores()) {
      refuse(
          search.scroll() != null,
          "[scroll] when it has [scores], which pages after the first cannot tell");
      refuse(
          source.storedFields() != null && source.storedFields().fetchFields() == false,
          "[stored_fields] of [_none_] when it has [scores], which are found by [_id]");
    }
  }

  /**
   * How many fused documents the search can show, so that shards look for no others: all of them,
   * unless it shows the first ones as they are.
   */
  private int shown() {
    SearchSourceBuilder source = search.source();
    boolean asTheyAre =
        role == FusionRole.WHOLE
            && search.scroll() == null
            && source.sorts() == null
            && source.searchAfter() == null
            && source.collapse() == null
            && source.rescores() == null
            && source.postFilter() == null
            && source.minScore() == null
            && source.aggregations() == null
            && source.indexBoosts().isEmpty();
    return asTheyAre ? Math.max(source.from(), 0) + size(source) + SPARE : Integer.MAX_VALUE;
  }

  private static int size(SearchSourceBuilder source) {
    return source.size() < 0 ? DEFAULT_SIZE : source.size();
  }

  private static void refuse(boolean when, String what) {
    if (when) {
      throw new IllegalArgumentException(
          "[" + FusionQueryBuilder.NAME + "] cannot be combined with " + what);
    }
  }

  /**
   * The legs as they are run: with the filter in each, and with as many neighbors as the window
   * has, where a query does not say how many. Copies, because both change queries, and the
   * request's are left as they are.
   */
  List<FusionLeg> prepared(List<FusionLeg> legs, QueryBuilder filter) throws IOException {
    if (filter == null && options.window() <= DenseQueryBuilder.DEFAULT_K) {
      return legs;
    }
    List<FusionLeg> prepared = new ArrayList<>(legs.size());
    for (FusionLeg leg : legs) {
      QueryBuilder copy = copy(leg.query(), context.getWriteableRegistry());
      copy.visit(new DenseNeighbors(options.window()));
      prepared.add(leg.withQuery(filter == null ? copy : FilterPushdown.into(copy, filter)));
    }
    return prepared;
  }

  static QueryBuilder copy(QueryBuilder query, NamedWriteableRegistry registry) throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      out.writeNamedWriteable(query);
      try (StreamInput in =
          new NamedWriteableAwareStreamInput(out.bytes().streamInput(), registry)) {
        return in.readNamedWriteable(QueryBuilder.class);
      }
    }
  }

  /**
   * Runs the legs, and makes of their windows the query over the fused documents.
   *
   * @param filter what pinned documents must match, or null; legs have it in them
   */
  void start(
      Client client,
      List<FusionLeg> legs,
      QueryBuilder filter,
      FusedDocsQueryBuilder.Maker maker,
      ActionListener<FusedDocsQueryBuilder> listener) {
    QueryBuilder restriction = restriction(client);
    if (restriction == null) {
      run(client, legs, filter, maker, listener);
      return;
    }
    BoolQueryBuilder restricted = new BoolQueryBuilder().filter(restriction);
    if (filter != null) {
      restricted.filter(filter);
    }
    try {
      run(client, prepared(legs, restriction), restricted, maker, listener);
    } catch (IOException e) {
      listener.onFailure(e);
    }
  }

  /** Inside of a leg the outer fusion has seen to it. */
  private QueryBuilder restriction(Client client) {
    return context instanceof SubSearchContext || search.source() == null
        ? null
        : WrittenRestriction.of(
            client.threadPool().getThreadContext(), search.source().query(), fusion);
  }

  private void run(
      Client client,
      List<FusionLeg> legs,
      QueryBuilder filter,
      FusedDocsQueryBuilder.Maker maker,
      ActionListener<FusedDocsQueryBuilder> listener) {
    List<FusionLeg> searched = new ArrayList<>(legs);
    if (options.pinned().isEmpty() == false) {
      searched.add(Pinned.leg(options.pinned(), filter));
    }
    HitScores told = told(SearchTrace.current(client.threadPool().getThreadContext()));
    FusionSearch searches = new FusionSearch(search, context, client, options.window());
    ActionListener<FusedRanking> ranked =
        ActionListener.map(
            listener,
            ranking -> {
              FusedDocsQueryBuilder query = maker.of(ranking.first(shown()), role);
              told.of(query);
              return query;
            });
    searches.run(
        searched,
        ActionListener.wrap(windows -> rank(legs, windows, searches, ranked), ranked::onFailure));
  }

  /**
   * Where to say what hits are told: nowhere inside of a leg, because the outer fusion tells it.
   */
  private HitScores told(SearchTrace trace) {
    return trace == null || context instanceof SubSearchContext
        ? new HitScores(false)
        : FusionNotes.of(trace).scores(options.scores());
  }

  private void rank(
      List<FusionLeg> legs,
      List<FusionSearch.Window> windows,
      FusionSearch searches,
      ActionListener<FusedRanking> listener)
      throws IOException {
    fuse(
        legs,
        windows.subList(0, legs.size()),
        searches,
        ActionListener.wrap(
            fused ->
                refine(fused, windows.subList(legs.size(), windows.size()), searches, listener),
            listener::onFailure));
  }

  /** Applies what the request wants of the ranking. */
  private void refine(
      FusedRanking fused,
      List<FusionSearch.Window> pinned,
      FusionSearch searches,
      ActionListener<FusedRanking> listener) {
    FusedRanking relevant =
        options.minRelevance() == null ? fused : options.minRelevance().cut(fused);
    boost(
        relevant,
        searches,
        ActionListener.wrap(
            boosted ->
                collapse(
                    pinned.isEmpty() ? boosted : Pinned.onTop(pinned.get(0).ranking(), boosted),
                    searches,
                    ActionListener.wrap(
                        collapsed -> diversify(collapsed, searches, listener),
                        listener::onFailure)),
            listener::onFailure));
  }

  private void boost(
      FusedRanking ranking, FusionSearch searches, ActionListener<FusedRanking> listener) {
    if (options.boosts() == null || ranking.documents().isEmpty()) {
      listener.onResponse(ranking);
      return;
    }
    searches.run(
        options.boosts().searches(ranking, options.window()),
        ActionListener.map(listener, found -> ScoreBoosts.applied(ranking, found)));
  }

  private void collapse(
      FusedRanking ranking, FusionSearch searches, ActionListener<FusedRanking> listener) {
    NearDuplicates collapse = options.collapse();
    if (collapse == null) {
      listener.onResponse(ranking);
    } else {
      compare(
          collapse.top(),
          ranking,
          searches,
          vectors -> collapse.apply(ranking, vectors, options.window()),
          listener);
    }
  }

  private void diversify(
      FusedRanking ranking, FusionSearch searches, ActionListener<FusedRanking> listener) {
    Diversification diversify = options.diversify();
    if (diversify == null) {
      listener.onResponse(ranking);
    } else {
      compare(
          diversify.top(),
          ranking,
          searches,
          vectors -> diversify.apply(ranking, vectors, options.window()),
          listener);
    }
  }

  /** Reads the vectors of the top of a ranking, unless it is empty. */
  private void compare(
      ComparedTop top,
      FusedRanking ranking,
      FusionSearch searches,
      Function<Map<DocKey, DocVector>, FusedRanking> change,
      ActionListener<FusedRanking> listener) {
    if (ranking.documents().isEmpty()) {
      listener.onResponse(ranking);
      return;
    }
    searches
        .reading(top.field())
        .run(
            List.of(top.search(ranking, options.window())),
            ActionListener.map(listener, found -> change.apply(found.get(0).vectors())));
  }

  private void fuse(
      List<FusionLeg> legs,
      List<FusionSearch.Window> windows,
      FusionSearch searches,
      ActionListener<FusedRanking> listener)
      throws IOException {
    List<FusionLeg> searched = new ArrayList<>(windows.size());
    List<List<RankFusion.Scored>> rankings = new ArrayList<>(windows.size());
    for (int i = 0; i < windows.size(); i++) {
      searched.add(legs.get(i).withQuery(windows.get(i).query()));
      rankings.add(windows.get(i).ranking());
    }
    double[] weights = legs.stream().mapToDouble(FusionLeg::weight).toArray();
    RankFusion fusion = options.fusion();
    if (observer != null) {
      observer.accept(
          new LegWindows(
              legs.stream().map(FusionLeg::name).toList(),
              legs.stream().map(FusionLeg::weight).toList(),
              fusion,
              rankings));
    }
    ActionListener<Map<Integer, List<RankFusion.Scored>>> completed =
        ActionListener.map(
            listener,
            others -> new FusedRanking(searched, fusion, fusion.fuse(rankings, others, weights)));
    if (fusion.isComplete()) {
      new MissingScores(
              searched, rankings, fusion, options.window(), context.getWriteableRegistry())
          .find(searches, completed);
    } else {
      completed.onResponse(Map.of());
    }
  }
}
