/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import org.opensearch.action.ActionRunnable;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.node.NodeClient;

/** Fits the settings of a fusion to judged queries, on threads that may take long. */
public final class FitAction extends HandledTransportAction<FitRequest, FusionAnswer> {

  static final String NAME = "cluster:admin/trident/fusion/fit";

  /** How clients name the action. */
  public static final ActionType<FusionAnswer> TYPE = new ActionType<>(NAME, FusionAnswer::new);

  private final NodeClient client;
  private final NamedXContentRegistry registry;

  /** Made by OpenSearch. */
  @Inject
  public FitAction(
      TransportService transportService,
      ActionFilters actionFilters,
      NodeClient client,
      NamedXContentRegistry registry) {
    super(NAME, transportService, actionFilters, FitRequest::new);
    this.client = client;
    this.registry = registry;
  }

  @Override
  protected void doExecute(Task task, FitRequest request, ActionListener<FusionAnswer> listener) {
    FitRun run = new FitRun(client, (FitTask) task, request.body());
    client
        .threadPool()
        .generic()
        .execute(ActionRunnable.wrap(listener, answer -> run.start(registry, answer)));
  }
}
