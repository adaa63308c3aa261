package io.trident.plugin;

import java.util.List;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;

/**
 * Lets the threads that work for a search know its task, so that a search which is cancelled stops
 * waiting for its models: queries are rewritten without being told the task. Thread-safe.
 */
final class SearchTaskFilter implements ActionFilter {

  private static final String KEY = "trident.search_task";

  private final Supplier<ThreadContext> threadContext;

  /**
   * Makes the filter.
   *
   * @param threadContext the node's; asked for when a search comes
   */
  SearchTaskFilter(Supplier<ThreadContext> threadContext) {
    this.threadContext = threadContext;
  }

  /** The task of the search that a thread works for, or null outside of one. */
  static CancellableTask current(ThreadContext context) {
    return context.getTransient(KEY);
  }

  @Override
  public int order() {
    return 0; // before the filters that rerank and fuse
  }

  @Override
  public <Request extends ActionRequest, Response extends ActionResponse> void apply(
      Task task,
      String action,
      Request request,
      ActionRequestMetadata<Request, Response> metadata,
      ActionListener<Response> listener,
      ActionFilterChain<Request, Response> chain) {
    if (SearchAction.NAME.equals(action) == false || task instanceof CancellableTask == false) {
      chain.proceed(task, action, request, listener);
      return;
    }
    ThreadContext context = threadContext.get();
    try (ThreadContext.StoredContext outer = context.newStoredContext(true, List.of(KEY))) {
      context.putTransient(KEY, task);
      chain.proceed(task, action, request, listener);
    }
  }
}
