/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.search;

import org.opensearch.action.ActionRequest;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.tasks.Task;

/**
 * A filter around searches, which may change what is asked and what is answered. Its order says how
 * near to the action it stands; filters of one order stand in no order.
 */
public abstract class SearchFilter implements ActionFilter {

  /** Goes on with a search, or with one in its place. */
  protected interface Search {

    /** Runs what is left of the filters and then the search. */
    void run(SearchRequest request, ActionListener<SearchResponse> listener);
  }

  /** Has a search run, and answers it. */
  protected abstract void apply(
      Task task, SearchRequest request, Search search, ActionListener<SearchResponse> listener);

  /**
   * A search to change. The one that came stays as it is, for those who hold it and may send it
   * again; lists of both sources are the same.
   */
  protected static SearchRequest copy(SearchRequest search) {
    SearchRequest copy = new SearchRequest(search);
    copy.pipeline(search.pipeline());
    copy.setParentTask(search.getParentTask());
    SearchSourceBuilder source = search.source().shallowCopy();
    source.searchPipelineSource(
        search.source().searchPipelineSource()); // which the copy leaves out
    return copy.source(source);
  }

  @SuppressWarnings("unchecked") // the search action takes search requests, and gives responses
  @Override
  public final <Request extends ActionRequest, Response extends ActionResponse> void apply(
      Task task,
      String action,
      Request request,
      ActionRequestMetadata<Request, Response> metadata,
      ActionListener<Response> listener,
      ActionFilterChain<Request, Response> chain) {
    if (SearchAction.NAME.equals(action) && request instanceof SearchRequest search) {
      apply(
          task,
          search,
          (asked, answer) ->
              chain.proceed(task, action, (Request) asked, (ActionListener<Response>) answer),
          (ActionListener<SearchResponse>) listener);
    } else {
      chain.proceed(task, action, request, listener);
    }
  }
}
