/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.fusion.FittedFusion;
import io.trident.query.fusion.LegWindows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;

/**
 * Runs judged searches, some at a time, in the thread context of the caller and so with its rights,
 * and keeps what the legs of each found. The first that fails ends them.
 */
final class FitSearches {

  /** How many searches are under way at a time, each with all its legs. */
  private static final int CONCURRENT = 4;

  /**
   * How many documents the legs of all queries may find together: 1,000,000, which take some 120
   * megabytes of heap.
   */
  static final long MAX_FOUND = 1_000_000;

  private final Client client;
  private final TaskId parent;
  private final Progress progress;
  private final List<Search> searches;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final AtomicLong found = new AtomicLong();
  private final AtomicReferenceArray<LegWindows> windows;

  /** How the searches get on. */
  interface Progress {

    /**
     * Called after each.
     *
     * @param done how many have ended
     * @param all how many there are
     */
    void at(int done, int all);
  }

  /** A search before it runs. */
  private record Search(String name, SearchRequest request, FittedFusion fusion) {}

  /**
   * Reads the queries.
   *
   * @param parent the task that the searches end with
   * @param progress told how many searches have ended
   */
  FitSearches(
      Client client,
      TaskId parent,
      NamedXContentRegistry registry,
      FitBody body,
      List<JudgedSearch> judged,
      Progress progress)
      throws IOException {
    this.client = client;
    this.parent = parent;
    this.progress = progress;
    searches = new ArrayList<>(judged.size());
    for (JudgedSearch search : judged) {
      searches.add(search(search, registry, body.indices()));
    }
    windows = new AtomicReferenceArray<>(searches.size());
  }

  private Search search(JudgedSearch judged, NamedXContentRegistry registry, String[] indices)
      throws IOException {
    try {
      QueryBuilder query = query(judged, registry);
      SearchRequest request =
          new SearchRequest(indices)
              .source(new SearchSourceBuilder().query(query).size(0).trackTotalHits(false))
              .allowPartialSearchResults(false)
              .requestCache(false);
      request.setCcsMinimizeRoundtrips(false); // the legs must be fused here
      request.setParentTask(parent);
      return new Search(judged.name(), request, FittedFusion.in(query));
    } catch (OpenSearchException | IllegalArgumentException e) {
      throw failed(judged.name(), e);
    }
  }

  private static QueryBuilder query(JudgedSearch judged, NamedXContentRegistry registry)
      throws IOException {
    try (XContentBuilder json = JsonXContent.contentBuilder().map(judged.query());
        XContentParser parser =
            JsonXContent.jsonXContent.createParser(
                registry,
                LoggingDeprecationHandler.INSTANCE,
                BytesReference.bytes(json).streamInput())) {
      parser.nextToken();
      return AbstractQueryBuilder.parseInnerQueryBuilder(parser);
    }
  }

  /** The window of the first search's fusion. */
  int window() {
    return searches.get(0).fusion.window();
  }

  /**
   * Runs the searches.
   *
   * @param window how many documents each leg gives at least
   * @param listener gets what the legs of each search found, in order
   */
  void run(int window, ActionListener<List<LegWindows>> listener) {
    for (int i = 0; i < searches.size(); i++) {
      int number = i;
      searches.get(i).fusion.watch(window, legs -> windows.set(number, legs));
    }
    ActionListener<List<LegWindows>> once = ActionListener.notifyOnce(listener);
    for (int i = 0; i < Math.min(CONCURRENT, searches.size()); i++) {
      start(once);
    }
  }

  /** Starts the next search on a thread of its own, because one that has ended calls this. */
  private void start(ActionListener<List<LegWindows>> listener) {
    int number = next.getAndIncrement();
    if (number < searches.size()) {
      client
          .threadPool()
          .generic()
          .execute(ActionRunnable.wrap(listener, waiting -> search(number, waiting)));
    }
  }

  private void search(int number, ActionListener<List<LegWindows>> listener) {
    Search search = searches.get(number);
    client.search(
        search.request,
        ActionListener.<SearchResponse>wrap(
            response -> {
              count(number);
              int done = ended.incrementAndGet();
              progress.at(done, searches.size());
              if (done == searches.size()) {
                listener.onResponse(IntStream.range(0, done).mapToObj(windows::get).toList());
              } else {
                start(listener);
              }
            },
            failure -> {
              next.set(searches.size()); // no further ones
              listener.onFailure(failed(search.name, failure));
            }));
  }

  private void count(int number) {
    LegWindows legs = windows.get(number);
    if (legs == null) {
      throw new IllegalArgumentException("[index] must match an index");
    }
    if (legs.fusion().isComplete()) {
      throw new IllegalArgumentException(
          "a fit tries windows, and a query with [missing] must have [zero] for it, got [score]");
    }
    long all = found.addAndGet(legs.rankings().stream().mapToLong(List::size).sum());
    if (all > MAX_FOUND) {
      throw new IllegalArgumentException(
          "the legs of all queries must find at most ["
              + MAX_FOUND
              + "] documents together, got more after ["
              + next.get()
              + "] of ["
              + searches.size()
              + "] queries: give fewer queries or smaller [windows]");
    }
  }

  private static OpenSearchStatusException failed(String name, Exception failure) {
    return new OpenSearchStatusException(
        "query [{}] of a fit failed: {}",
        ExceptionsHelper.status(failure),
        failure,
        Excerpt.of(name),
        failure.getMessage());
  }
}
