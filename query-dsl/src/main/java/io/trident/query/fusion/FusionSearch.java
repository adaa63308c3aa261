package io.trident.query.fusion;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchType;
import org.opensearch.action.support.GroupedActionListener;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.RemoteClusterAware;
import org.opensearch.transport.client.Client;

/**
 * Runs the legs of a fusion as searches of their own, side by side, over the indices and with the
 * routing, preference and point in time of the request that the fusion is part of, and as children
 * of its task. A leg that fails, times out or misses a shard fails them all: a ranking is never
 * fused by halves.
 */
final class FusionSearch {

  /** Switches search pipelines off for a leg: what they do is meant for the fused ranking. */
  private static final String NO_PIPELINE = "_none";

  /** The least number of hits that a leg is asked for beyond its window. */
  private static final int LEAST_SLACK = 20;

  private final SearchRequest request;
  private final List<FusionLeg> legs;
  private final int window;

  FusionSearch(SearchRequest request, List<FusionLeg> legs, int window) {
    this.request = request;
    this.legs = legs;
    this.window = window;
  }

  /** Runs the legs; the listener gets the window of each, in their order. */
  void run(Client client, ActionListener<List<List<RankFusion.Scored>>> listener) {
    AtomicReferenceArray<List<RankFusion.Scored>> windows = new AtomicReferenceArray<>(legs.size());
    GroupedActionListener<Void> all =
        new GroupedActionListener<>(
            ActionListener.wrap(done -> listener.onResponse(inOrder(windows)), listener::onFailure),
            legs.size());
    SearchTrace trace = SearchTrace.current(client.threadPool().getThreadContext());
    for (int i = 0; i < legs.size(); i++) {
      int number = i;
      FusionLeg leg = legs.get(i);
      long start = System.nanoTime();
      ActionListener<SearchResponse> answer =
          ActionListener.wrap(
              response -> {
                List<RankFusion.Scored> window = window(response);
                windows.set(number, window);
                note(trace, leg, window.size(), start, response);
                all.onResponse(null);
              },
              failure -> all.onFailure(failed(leg, failure)));
      try {
        client.search(legRequest(leg, trace), answer);
      } catch (RuntimeException e) {
        answer.onFailure(e); // a task whose search is cancelled does not even start
      }
    }
  }

  private static void note(
      SearchTrace trace, FusionLeg leg, int candidates, long start, SearchResponse response) {
    if (trace != null) {
      long millis = (System.nanoTime() - start) / 1_000_000;
      trace.answered(new LegReport(leg.name(), candidates, millis), response);
    }
  }

  /** Names the leg; the status is that of the failure. */
  private static Exception failed(FusionLeg leg, Exception failure) {
    Throwable[] causes = OpenSearchException.guessRootCauses(failure);
    String reason = causes.length == 0 ? failure.getMessage() : causes[0].getMessage();
    return new OpenSearchStatusException(
        "[{}] leg [{}] failed: {}",
        ExceptionsHelper.status(failure),
        failure,
        FusionQueryBuilder.NAME,
        leg.name(),
        reason);
  }

  private static List<List<RankFusion.Scored>> inOrder(
      AtomicReferenceArray<List<RankFusion.Scored>> windows) {
    List<List<RankFusion.Scored>> ordered = new ArrayList<>(windows.length());
    for (int i = 0; i < windows.length(); i++) {
      ordered.add(windows.get(i));
    }
    return ordered;
  }

  private SearchRequest legRequest(FusionLeg leg, SearchTrace trace) {
    SearchSourceBuilder whole = request.source();
    SearchSourceBuilder source =
        new SearchSourceBuilder().query(leg.query()).size(fetched()).trackTotalHits(false);
    LegHits.askFor(source);
    if (whole != null) {
      source.timeout(whole.timeout());
      source.profile(whole.profile());
      source.pointInTimeBuilder(whole.pointInTimeBuilder());
    }
    SearchRequest search =
        new SearchRequest(request.indices())
            .source(source)
            .indicesOptions(request.indicesOptions())
            .routing(request.routing())
            .preference(request.preference())
            .searchType(searchType(leg.query()))
            .allowPartialSearchResults(false)
            .pipeline(NO_PIPELINE);
    search.setCcsMinimizeRoundtrips(request.isCcsMinimizeRoundtrips());
    search.setCancelAfterTimeInterval(request.getCancelAfterTimeInterval());
    search.setParentTask(trace == null ? request.getParentTask() : trace.taskId());
    return search;
  }

  /**
   * How many hits a leg is asked for: some more than the window, so that of documents with equal
   * scores at its edge the same ones stay inside, however they are spread over shards.
   */
  private int fetched() {
    return Math.min(window + Math.max(LEAST_SLACK, window / 4), FusionQueryBuilder.MAX_WINDOW);
  }

  /**
   * Scores that rest on the statistics of an index are computed over all shards, so that a ranking
   * does not depend on how documents are spread.
   */
  private static SearchType searchType(QueryBuilder query) {
    return IndexStatistics.usedBy(query)
        ? SearchType.DFS_QUERY_THEN_FETCH
        : SearchType.QUERY_THEN_FETCH;
  }

  private List<RankFusion.Scored> window(SearchResponse response) {
    if (response.isTimedOut() || response.getFailedShards() > 0) {
      throw new OpenSearchStatusException(
          "incomplete: timed out [{}], failed shards [{}]",
          RestStatus.GATEWAY_TIMEOUT,
          response.isTimedOut(),
          response.getFailedShards());
    }
    return Arrays.stream(response.getHits().getHits())
        .map(FusionSearch::scored)
        .sorted(RankFusion.Scored.BEST_FIRST)
        .limit(window)
        .toList();
  }

  private static RankFusion.Scored scored(SearchHit hit) {
    String index = RemoteClusterAware.buildRemoteIndexName(hit.getClusterAlias(), hit.getIndex());
    return new RankFusion.Scored(
        new DocKey(index, hit.getShard().getShardId().id(), LegHits.id(hit)), hit.getScore());
  }
}
