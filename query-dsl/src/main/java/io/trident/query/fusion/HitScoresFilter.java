package io.trident.query.fusion;

import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;

/**
 * Tells the hits of a search what its fusions have noted for them in its {@link SearchTrace}. It
 * stands behind the filter of the cross-encoder, which adds to what hits are told. Thread-safe.
 *
 * @param threadContext the node's; asked for when a search comes
 */
public record HitScoresFilter(Supplier<ThreadContext> threadContext) implements ActionFilter {

  @Override
  public int order() {
    return Integer.MAX_VALUE; // filters of one order stand in no order
  }

  @Override
  public <Request extends ActionRequest, Response extends ActionResponse> void apply(
      Task task,
      String action,
      Request request,
      ActionRequestMetadata<Request, Response> metadata,
      ActionListener<Response> listener,
      ActionFilterChain<Request, Response> chain) {
    SearchTrace trace =
        SearchAction.NAME.equals(action) ? SearchTrace.current(threadContext.get()) : null;
    chain.proceed(
        task,
        action,
        request,
        trace == null
            ? listener
            : ActionListener.map(
                listener,
                response -> {
                  trace.tell(((SearchResponse) response).getHits());
                  return response;
                }));
  }
}
