/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.search;

import java.util.function.Supplier;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.Task;

/**
 * Tells all that works for a search its task, so that cancelling the search cancels the legs of its
 * fusions and ends the waiting for models, and adds what legs did to a response with {@code
 * "profile": true}. Who gets the response works for no search, or for the one around this one.
 * Thread-safe.
 */
public final class SearchTraceFilter extends SearchFilter {

  private final Supplier<ThreadContext> threadContext;
  private final Supplier<String> localNodeId;

  /**
   * Makes the filter.
   *
   * @param threadContext the node's; asked for when a search comes
   * @param localNodeId the node's id; asked for when a search comes
   */
  public SearchTraceFilter(Supplier<ThreadContext> threadContext, Supplier<String> localNodeId) {
    this.threadContext = threadContext;
    this.localNodeId = localNodeId;
  }

  @Override
  public int order() {
    return Integer.MAX_VALUE - 2; // around the cross-encoder, which waits for the search's models
  }

  @Override
  protected void apply(
      Task task, SearchRequest request, Search search, ActionListener<SearchResponse> listener) {
    if (task == null) {
      search.run(request, listener);
      return;
    }
    ThreadContext context = threadContext.get();
    TaskId taskId = new TaskId(localNodeId.get(), task.getId());
    SearchTrace outer = SearchTrace.current(context);
    SearchTrace trace = new SearchTrace(task, taskId, outer);
    if (outer != null) {
      outer.began(request, taskId);
    }
    boolean profiled = request.source() != null && request.source().profile();
    ActionListener<SearchResponse> caller =
        ContextPreservingActionListener.wrapPreservingContext(listener, context);
    try (ThreadContext.StoredContext ignored = trace.enter(context)) {
      search.run(request, profiled ? reporting(trace, caller) : caller);
    }
  }

  private static ActionListener<SearchResponse> reporting(
      SearchTrace trace, ActionListener<SearchResponse> listener) {
    return ActionListener.wrap(
        response -> listener.onResponse(trace.profiled(response)), listener::onFailure);
  }
}
