package io.trident.plugin.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.fusion.FittedFusion;
import io.trident.query.fusion.LegWindows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
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
import org.opensearch.action.support.GroupedActionListener;
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
  private final Executor threads;
  private final List<Search> searches;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicLong found = new AtomicLong();
  private final AtomicReferenceArray<LegWindows> windows;

  /** A search before it runs. */
  private record Search(String name, SearchRequest request, FittedFusion fusion) {}

  /**
   * Reads the queries.
   *
   * @param parent the task that the searches end with
   * @param threads start the searches
   */
  FitSearches(
      Client client,
      TaskId parent,
      Executor threads,
      NamedXContentRegistry registry,
      FitBody body,
      List<JudgedSearch> judged)
      throws IOException {
    this.client = client;
    this.parent = parent;
    this.threads = threads;
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
    GroupedActionListener<Void> all =
        new GroupedActionListener<>(
            ActionListener.wrap(done -> listener.onResponse(inOrder()), listener::onFailure),
            searches.size());
    for (int i = 0; i < Math.min(CONCURRENT, searches.size()); i++) {
      start(all);
    }
  }

  private List<LegWindows> inOrder() {
    return IntStream.range(0, windows.length()).mapToObj(windows::get).toList();
  }

  /** Starts the next search on a thread of its own, because one that has ended calls this. */
  private void start(GroupedActionListener<Void> all) {
    int number = next.getAndIncrement();
    if (number < searches.size()) {
      threads.execute(ActionRunnable.wrap(all, listener -> search(number, all)));
    }
  }

  private void search(int number, GroupedActionListener<Void> all) {
    Search search = searches.get(number);
    client.search(
        search.request,
        ActionListener.<SearchResponse>wrap(
            response -> {
              count(number);
              all.onResponse(null);
              start(all);
            },
            failure -> {
              next.set(searches.size()); // no further ones
              all.onFailure(failed(search.name, failure));
            }));
  }

  private void count(int number) {
    LegWindows legs = windows.get(number);
    if (legs == null) {
      throw new IllegalArgumentException("[index] must match an index");
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
