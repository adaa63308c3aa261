/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.dsl.SecondAttempt;
import io.trident.query.dsl.SubSearch;
import io.trident.query.dsl.SubSearchContext;
import io.trident.query.search.SearchTrace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.GroupedActionListener;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.Rewriteable;
import org.opensearch.search.SearchHit;
import org.opensearch.search.query.QueryPhaseExecutionException;
import org.opensearch.transport.client.Client;

/**
 * Runs the legs of a fusion as searches of their own, side by side: each is rewritten by itself and
 * starts when that is done. A leg that fails, times out or misses a shard fails them all, and ends
 * those that still run: a ranking is never fused by halves. A node that leaves fails none by itself
 * (see {@link SecondAttempt}).
 */
final class FusionSearch {

  /** The least number of hits that a leg is asked for beyond its window. */
  private static final int MIN_SLACK = 20;

  /** The least number of hits that a leg is asked for when its window ends inside of a tie. */
  private static final int MIN_TIED = 1_000;

  private static final int UNKNOWN = -1;

  private final SearchRequest request;
  private final QueryRewriteContext context;
  private final Client client;
  private final int window;
  private final SearchTrace trace;
  private final String vectors;

  /** How many clusters that may be skipped the searches have skipped. */
  private final AtomicInteger skipped;

  /**
   * What a leg found.
   *
   * @param query the leg's query as it was run
   * @param ranking its best documents
   * @param vectors those of the documents, when they are read
   */
  record Window(
      QueryBuilder query, List<RankFusion.Scored> ranking, Map<DocKey, DocVector> vectors) {}

  FusionSearch(SearchRequest request, QueryRewriteContext context, Client client, int window) {
    this(
        request,
        context,
        client,
        window,
        SearchTrace.current(client.threadPool().getThreadContext()),
        null,
        new AtomicInteger(UNKNOWN));
  }

  private FusionSearch(
      SearchRequest request,
      QueryRewriteContext context,
      Client client,
      int window,
      SearchTrace trace,
      String vectors,
      AtomicInteger skipped) {
    this.request = request;
    this.context = context;
    this.client = client;
    this.window = window;
    this.trace = trace;
    this.vectors = vectors;
    this.skipped = skipped;
  }

  /** The same search, which reads the vectors of a field with the documents that it finds. */
  FusionSearch reading(String field) {
    return new FusionSearch(request, context, client, window, trace, field, skipped);
  }

  /** Runs the legs; the listener gets the window of each, in their order. */
  void run(List<FusionLeg> legs, ActionListener<List<Window>> listener) {
    AtomicReferenceArray<Window> windows = new AtomicReferenceArray<>(legs.size());
    GroupedActionListener<Void> all =
        new GroupedActionListener<>(
            ActionListener.wrap(done -> listener.onResponse(inOrder(windows)), listener::onFailure),
            legs.size());
    LegTasks tasks = new LegTasks(client, trace);
    for (int i = 0; i < legs.size(); i++) {
      int number = i;
      FusionLeg leg = legs.get(i);
      ActionListener<Window> answer =
          ActionListener.wrap(
              found -> {
                windows.set(number, found);
                all.onResponse(null);
              },
              failure -> {
                all.onFailure(failed(leg, failure));
                tasks.cancel();
              });
      start(() -> rewrite(leg, tasks, answer), answer);
    }
  }

  private static List<Window> inOrder(AtomicReferenceArray<Window> windows) {
    List<Window> ordered = new ArrayList<>(windows.length());
    for (int i = 0; i < windows.length(); i++) {
      ordered.add(windows.get(i));
    }
    return ordered;
  }

  private interface Start {
    void run() throws IOException;
  }

  /** Starts something that answers a listener, also when it does not even start. */
  private static void start(Start start, ActionListener<?> listener) {
    try {
      start.run();
    } catch (IOException | RuntimeException e) {
      listener.onFailure(e);
    }
  }

  private void rewrite(FusionLeg leg, LegTasks tasks, ActionListener<Window> listener) {
    Rewriteable.rewriteAndFetch(
        leg.query(),
        new SubSearchContext(context, client, request, leg.query()),
        ActionListener.wrap(
            query -> search(leg.withQuery(query), tasks, listener), listener::onFailure));
  }

  private void search(FusionLeg leg, LegTasks tasks, ActionListener<Window> listener)
      throws IOException {
    long start = System.nanoTime();
    ActionListener<SearchResponse> whole =
        ActionListener.wrap(
            response -> {
              List<RankFusion.Scored> ranking = ranking(response);
              if (trace != null) {
                long millis = (System.nanoTime() - start) / 1_000_000;
                FusionNotes.of(trace)
                    .answered(new LegReport(leg.name(), ranking.size(), millis), response);
              }
              listener.onResponse(new Window(leg.query(), ranking, LegHits.vectors(response)));
            },
            listener::onFailure);
    fetch(leg, window + Math.max(MIN_SLACK, window / 4), null, tasks, whole);
  }

  /**
   * Asks for some more hits than the window has, and for still more when its edge lies among equal
   * scores that they do not reach the end of: so the same documents stay inside, however they are
   * spread over shards. An index may allow its searches fewer hits; then what there is has to do.
   */
  private void fetch(
      FusionLeg leg,
      int size,
      SearchResponse fewer,
      LegTasks tasks,
      ActionListener<SearchResponse> listener)
      throws IOException {
    ActionListener<SearchResponse> answer =
        ActionListener.wrap(
            response -> {
              SubSearch.requireComplete(response);
              requireSameClusters(response.getClusters().getSkipped());
              int more = Math.max(MIN_TIED, 10 * window);
              if (size < more && isTiedBeyond(response, size)) {
                fetch(leg, more, response, tasks, listener);
              } else {
                listener.onResponse(response);
              }
            },
            failure -> {
              if (size == window || isBeyondResultWindow(failure) == false) {
                listener.onFailure(failure);
              } else if (fewer != null) {
                listener.onResponse(fewer);
              } else {
                start(() -> fetch(leg, window, null, tasks, listener), listener);
              }
            });
    int wanted = Math.min(size, FusionQueryBuilder.MAX_WINDOW);
    SearchRequest search = SubSearch.of(request, leg.query(), wanted);
    new LegHits(vectors).askFor(search.source());
    search.setParentTask(trace == null ? request.getParentTask() : trace.taskId());
    SecondAttempt.send(search, tasks::start, answer);
  }

  /** Documents of a cluster that came and went are in the windows of some legs alone. */
  private void requireSameClusters(int number) {
    int others = skipped.compareAndExchange(UNKNOWN, number);
    if (others != UNKNOWN && others != number) {
      throw new OpenSearchStatusException(
          "incomplete: skipped [{}] clusters, and other legs [{}]",
          RestStatus.GATEWAY_TIMEOUT,
          number,
          others);
    }
  }

  /** Whether the last of the hits, which are as many as asked for, is no worse than the edge. */
  private boolean isTiedBeyond(SearchResponse response, int size) {
    SearchHit[] hits = response.getHits().getHits();
    return hits.length == size
        && size > window
        && hits[size - 1].getScore() == hits[window - 1].getScore();
  }

  /** Whether an index allows its searches fewer hits. Which indices there are only shards know. */
  private static boolean isBeyondResultWindow(Exception failure) {
    return Arrays.stream(OpenSearchException.guessRootCauses(failure))
        .anyMatch(
            cause ->
                String.valueOf(cause.getMessage())
                    .contains("[" + IndexSettings.MAX_RESULT_WINDOW_SETTING.getKey() + "]"));
  }

  private List<RankFusion.Scored> ranking(SearchResponse response) {
    return Arrays.stream(response.getHits().getHits())
        .map(FusionSearch::scored)
        .sorted(RankFusion.Scored.BEST_FIRST)
        .limit(window)
        .toList();
  }

  private static RankFusion.Scored scored(SearchHit hit) {
    return new RankFusion.Scored(DocKey.of(hit, LegHits.id(hit)), hit.getScore());
  }

  /** Names the leg; the status is that of the failure. */
  private static Exception failed(FusionLeg leg, Exception failure) {
    Throwable[] causes = OpenSearchException.guessRootCauses(failure);
    Throwable cause = causes.length == 0 ? failure : causes[0];
    return new OpenSearchStatusException(
        "[{}] leg [{}] failed: {}",
        isTimeout(cause) ? RestStatus.GATEWAY_TIMEOUT : ExceptionsHelper.status(failure),
        failure,
        FusionQueryBuilder.NAME,
        Excerpt.of(leg.name()),
        cause.getMessage());
  }

  /** A shard that may not give partial hits says so when its time is up, by no type of its own. */
  private static boolean isTimeout(Throwable cause) {
    return cause instanceof QueryPhaseExecutionException
        && String.valueOf(cause.getMessage()).contains("Time exceeded");
  }
}
