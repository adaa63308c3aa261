/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.search;

import java.util.function.Supplier;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.tasks.Task;

/**
 * Tells the hits of a search what was noted for them in its {@link SearchTrace}. It stands behind
 * the filter of the cross-encoder, which adds to what hits are told. Thread-safe.
 */
public final class HitNotesFilter extends SearchFilter {

  private final Supplier<ThreadContext> threadContext;

  /**
   * Makes the filter.
   *
   * @param threadContext the node's; asked for when a search comes
   */
  public HitNotesFilter(Supplier<ThreadContext> threadContext) {
    this.threadContext = threadContext;
  }

  @Override
  public int order() {
    return Integer.MAX_VALUE;
  }

  @Override
  protected void apply(
      Task task, SearchRequest request, Search search, ActionListener<SearchResponse> listener) {
    SearchTrace trace = SearchTrace.current(threadContext.get());
    search.run(
        request,
        trace == null
            ? listener
            : ActionListener.map(
                listener,
                response -> {
                  trace.tell(response.getHits());
                  return response;
                }));
  }
}
