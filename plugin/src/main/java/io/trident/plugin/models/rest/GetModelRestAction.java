/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.rest;

import static org.opensearch.rest.RestRequest.Method.GET;

import io.trident.plugin.models.action.ModelAnswer;
import io.trident.plugin.models.action.ModelsAction;
import io.trident.plugin.models.action.TransportModelAction;
import java.util.List;
import org.opensearch.core.action.ActionListener;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.transport.client.node.NodeClient;

/** Shows one model, as the nodes see it. */
final class GetModelRestAction extends BaseRestHandler {

  @Override
  public String getName() {
    return "trident_get_model_action";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(GET, ModelRoutes.MODEL));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    String id = request.param("id");
    return channel -> {
      RestToXContentListener<ModelAnswer> answer = new RestToXContentListener<>(channel);
      client.execute(
          ModelsAction.INSTANCE,
          new ModelsAction.Request(id),
          ActionListener.wrap(
              models -> answer.onResponse(new ModelAnswer(models.model(id))),
              e -> answer.onFailure(TransportModelAction.answer(e))));
    };
  }
}
