/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import io.trident.models.api.ModelException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;

/**
 * Work on one model that may wait, and so is begun by a thread of the generic pool. The caller's
 * context comes back with the answer, whichever thread gives it: a model's threads have none, and
 * those that have read the models' index may have the plugin's.
 */
public abstract class TransportModelAction
    extends HandledTransportAction<ModelRequest, ModelAnswer> {

  private final ThreadPool threadPool;

  TransportModelAction(
      String name, TransportService transportService, ActionFilters actionFilters) {
    super(name, transportService, actionFilters, ModelRequest::new);
    this.threadPool = transportService.getThreadPool();
  }

  /** Threads that may wait. */
  final ExecutorService generic() {
    return threadPool.generic();
  }

  /** Does the work, and answers when it is done. */
  abstract void work(String model, RequestBody body, ActionListener<Map<String, Object>> listener)
      throws Exception;

  @Override
  protected void doExecute(Task task, ModelRequest request, ActionListener<ModelAnswer> listener) {
    ActionListener<Map<String, Object>> answering =
        ContextPreservingActionListener.wrapPreservingContext(
            ActionListener.wrap(
                content -> listener.onResponse(new ModelAnswer(content)),
                e -> listener.onFailure(answer(e))),
            threadPool.getThreadContext());
    RequestBody body = new RequestBody(request.model(), request.body());
    generic()
        .execute(ActionRunnable.wrap(answering, waiting -> work(request.model(), body, waiting)));
  }

  /** The exception to answer with for a failure of a model. */
  public static Exception answer(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof ModelException e) {
      RestStatus status =
          e.kind() == ModelException.Kind.NOT_FOUND
              ? RestStatus.NOT_FOUND
              : RestStatus.fromCode(e.kind().httpStatus());
      return new OpenSearchStatusException(e.getMessage(), status, e);
    }
    return cause instanceof Exception e ? e : new IllegalStateException(cause);
  }
}
