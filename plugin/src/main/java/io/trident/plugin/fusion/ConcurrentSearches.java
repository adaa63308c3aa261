/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import io.trident.models.api.Excerpt;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.core.action.ActionListener;
import org.opensearch.transport.client.Client;

/**
 * Runs searches, some at a time, in the thread context of the caller and so with its rights. The
 * first that fails ends them. For one use.
 */
final class ConcurrentSearches {

  /** How many searches are under way at a time, each with all its legs. */
  private static final int CONCURRENT = 4;

  private final Client client;
  private final List<Search> searches;
  private final Answers answers;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();

  /**
   * A search.
   *
   * @param name tells it in messages
   */
  record Search(String name, SearchRequest request) {}

  /** Takes what searches find. */
  interface Answers {

    /** Called when a search has ended; an exception ends the others. */
    void take(int search, SearchResponse response);

    /**
     * Called after that.
     *
     * @param done how many have ended
     * @param all how many there are
     */
    void progress(int done, int all);
  }

  /** Runs nothing yet. */
  ConcurrentSearches(Client client, List<Search> searches, Answers answers) {
    this.client = client;
    this.searches = List.copyOf(searches);
    this.answers = answers;
  }

  /** Runs the searches, of which there must be one. */
  void run(ActionListener<Void> listener) {
    ActionListener<Void> once = ActionListener.notifyOnce(listener);
    for (int i = 0; i < Math.min(CONCURRENT, searches.size()); i++) {
      start(once);
    }
  }

  /** Starts the next search on a thread of its own, because one that has ended calls this. */
  private void start(ActionListener<Void> listener) {
    int number = next.getAndIncrement();
    if (number < searches.size()) {
      client
          .threadPool()
          .generic()
          .execute(ActionRunnable.wrap(listener, waiting -> search(number, waiting)));
    }
  }

  private void search(int number, ActionListener<Void> listener) {
    Search search = searches.get(number);
    client.search(
        search.request,
        ActionListener.<SearchResponse>wrap(
            response -> {
              answers.take(number, response);
              int done = ended.incrementAndGet();
              answers.progress(done, searches.size());
              if (done == searches.size()) {
                listener.onResponse(null);
              } else {
                start(listener);
              }
            },
            failure -> {
              next.set(searches.size()); // no further ones
              listener.onFailure(failed(search.name, failure));
            }));
  }

  /** What is said when a query fails. */
  static OpenSearchStatusException failed(String name, Exception failure) {
    return new OpenSearchStatusException(
        "query [{}] of a fit failed: {}",
        ExceptionsHelper.status(failure),
        failure,
        Excerpt.of(name),
        failure.getMessage());
  }
}
