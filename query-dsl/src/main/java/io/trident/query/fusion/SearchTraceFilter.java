package io.trident.query.fusion;

import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.Task;

/**
 * Tells all that works for a search its task, so that cancelling the search cancels the legs of its
 * fusions and ends the waiting for models, and adds what legs did to a response with {@code
 * "profile": true}. Thread-safe.
 */
public final class SearchTraceFilter implements ActionFilter {

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
    return Integer.MAX_VALUE; // nearest to the action, as all that needs no other filter
  }

  @Override
  public <Request extends ActionRequest, Response extends ActionResponse> void apply(
      Task task,
      String action,
      Request request,
      ActionRequestMetadata<Request, Response> metadata,
      ActionListener<Response> listener,
      ActionFilterChain<Request, Response> chain) {
    if (SearchAction.NAME.equals(action) == false || task == null) {
      chain.proceed(task, action, request, listener);
      return;
    }
    SearchTrace trace = new SearchTrace(task, new TaskId(localNodeId.get(), task.getId()));
    boolean profiled =
        request instanceof SearchRequest search
            && search.source() != null
            && search.source().profile();
    try (ThreadContext.StoredContext outer = trace.enter(threadContext.get())) {
      chain.proceed(task, action, request, profiled ? reporting(trace, listener) : listener);
    }
  }

  @SuppressWarnings("unchecked") // the search action answers with search responses
  private static <Response extends ActionResponse> ActionListener<Response> reporting(
      SearchTrace trace, ActionListener<Response> listener) {
    return ActionListener.wrap(
        response -> listener.onResponse((Response) trace.profiled((SearchResponse) response)),
        listener::onFailure);
  }
}
