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
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.opensearch.OpenSearchException;
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

/** Runs judged searches, and keeps what the legs of each found. */
final class FitSearches implements ConcurrentSearches.Answers {

  /**
   * How many documents the legs of all queries may find together: 1,000,000, which take some 120
   * megabytes of heap.
   */
  static final long MAX_FOUND = 1_000_000;

  private final Client client;
  private final TaskId parent;
  private final Progress progress;
  private final List<Search> searches;
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
      throw ConcurrentSearches.failed(judged.name(), e);
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

  /** The request of a search. */
  SearchRequest request(int number) {
    return searches.get(number).request;
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
    new ConcurrentSearches(
            client,
            searches.stream()
                .map(one -> new ConcurrentSearches.Search(one.name, one.request))
                .toList(),
            this)
        .run(
            ActionListener.map(
                listener,
                done -> IntStream.range(0, searches.size()).mapToObj(windows::get).toList()));
  }

  @Override
  public void take(int search, SearchResponse response) {
    count(search);
  }

  @Override
  public void progress(int done, int all) {
    progress.at(done, all);
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
              + "] documents together, got more by query ["
              + Excerpt.of(searches.get(number).name)
              + "]: give fewer queries or smaller [windows]");
    }
  }
}
