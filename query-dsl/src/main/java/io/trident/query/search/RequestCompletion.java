/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.search;

import org.opensearch.action.ActionRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;

/** A filter that adds to requests what they leave to the plugin, before their action sees them. */
public abstract class RequestCompletion implements ActionFilter {

  /** Completes a request in place; most are none of the filter's, and stay as they are. */
  protected abstract void complete(ActionRequest request);

  @Override
  public final int order() {
    return Integer.MAX_VALUE; // nearest to the action, as all that needs no other filter
  }

  @Override
  public final <Request extends ActionRequest, Response extends ActionResponse> void apply(
      Task task,
      String action,
      Request request,
      ActionRequestMetadata<Request, Response> metadata,
      ActionListener<Response> listener,
      ActionFilterChain<Request, Response> chain) {
    complete(request);
    chain.proceed(task, action, request, listener);
  }
}
