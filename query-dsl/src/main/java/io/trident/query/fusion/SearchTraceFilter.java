package io.trident.query.fusion;

import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.Task;

/**
 * Tells all that works for a search its task, so that cancelling the search cancels the legs of its
 * fusions and ends the waiting for models, and adds what legs did to a response with {@code
 * "profile": true}. Who gets the response works for no search, or for the one around this one.
 * Thread-safe.
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
    return Integer.MAX_VALUE - 2; // around the cross-encoder, which waits for the search's models
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
    ThreadContext context = threadContext.get();
    TaskId taskId = new TaskId(localNodeId.get(), task.getId());
    SearchTrace trace = new SearchTrace(task, taskId);
    SearchTrace outer = SearchTrace.current(context);
    boolean profiled = false;
    if (request instanceof SearchRequest search) {
      profiled = search.source() != null && search.source().profile();
      if (outer != null) {
        outer.began(search, taskId);
      }
    }
    ActionListener<Response> caller =
        ContextPreservingActionListener.wrapPreservingContext(listener, context);
    try (ThreadContext.StoredContext ignored = trace.enter(context)) {
      chain.proceed(task, action, request, profiled ? reporting(trace, caller) : caller);
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
