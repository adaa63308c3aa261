/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.rest;

import io.trident.models.api.Excerpt;
import io.trident.plugin.models.action.ModelAnswer;
import io.trident.plugin.models.action.ModelRequest;
import java.io.IOException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opensearch.action.ActionType;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.transport.client.node.NodeClient;

/** A route on one model, which hands the request's body to an action. */
class ModelRestAction extends BaseRestHandler {

  private static final Set<RestRequest.Method> WITH_BODY =
      EnumSet.of(RestRequest.Method.PUT, RestRequest.Method.POST);

  private final String name;
  private final Route route;
  private final ActionType<ModelAnswer> action;

  ModelRestAction(String name, Route route, ActionType<ModelAnswer> action) {
    this.name = name;
    this.route = route;
    this.action = action;
  }

  @Override
  public final String getName() {
    return name;
  }

  @Override
  public final List<Route> routes() {
    return List.of(route);
  }

  @Override
  protected final RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    ModelRequest asked = new ModelRequest(request.param("id"), body(request));
    return channel -> client.execute(action, asked, new RestToXContentListener<>(channel));
  }

  /** The options of the request; the bodies of other methods are not read. */
  Map<String, Object> body(RestRequest request) {
    Map<String, Object> body = new HashMap<>();
    if (request.hasContent() && WITH_BODY.contains(route.getMethod())) {
      try (XContentParser parser = request.contentParser()) {
        body.putAll(parser.map());
      } catch (IOException e) {
        throw new IllegalArgumentException(
            "the body must be an object that can be read: " + Excerpt.of(e.getMessage()), e);
      }
    }
    return body;
  }
}
