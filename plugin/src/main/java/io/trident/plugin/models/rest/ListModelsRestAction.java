/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.rest;

import static org.opensearch.rest.RestRequest.Method.GET;

import io.trident.plugin.models.action.ModelsAction;
import java.util.List;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestActions.NodesResponseRestListener;
import org.opensearch.transport.client.node.NodeClient;

/** Lists the models of all nodes. */
final class ListModelsRestAction extends BaseRestHandler {

  @Override
  public String getName() {
    return "trident_models_action";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(GET, ModelRoutes.MODELS));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    return channel ->
        client.execute(
            ModelsAction.INSTANCE,
            new ModelsAction.Request((String) null),
            new NodesResponseRestListener<>(channel));
  }
}
