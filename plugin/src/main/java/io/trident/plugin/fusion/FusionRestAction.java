/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import static org.opensearch.rest.RestRequest.Method.DELETE;
import static org.opensearch.rest.RestRequest.Method.GET;
import static org.opensearch.rest.RestRequest.Method.POST;
import static org.opensearch.rest.RestRequest.Method.PUT;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.ActionType;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestChannel;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestCancellableNodeClient;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.tasks.LoggingTaskListener;
import org.opensearch.tasks.Task;
import org.opensearch.transport.client.node.NodeClient;

/** {@code /_plugins/_trident/fusion}: fits the settings of fusions, and keeps them as profiles. */
public final class FusionRestAction extends BaseRestHandler {

  private static final String FIT = "/_plugins/_trident/fusion/_fit";
  private static final String PROFILES = "/_plugins/_trident/fusion/profiles";
  private static final String PROFILE = PROFILES + "/{name}";

  @Override
  public String getName() {
    return "trident_fusion_action";
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route(POST, FIT),
        new Route(GET, PROFILES),
        new Route(GET, PROFILE),
        new Route(PUT, PROFILE),
        new Route(DELETE, PROFILE));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
      throws IOException {
    String name = request.param("name");
    return switch (request.method()) {
      case POST -> fit(request, client);
      case PUT -> profiles(client, PutProfileAction.TYPE, new ProfileRequest(name, json(request)));
      case DELETE -> profiles(client, DeleteProfileAction.TYPE, new ProfileRequest(name, null));
      default -> profiles(client, GetProfilesAction.TYPE, new ProfileRequest(name, null));
    };
  }

  private static String json(RestRequest request) throws IOException {
    return XContentHelper.convertToJson(request.requiredContent(), false, request.getMediaType());
  }

  private static RestChannelConsumer fit(RestRequest request, NodeClient client)
      throws IOException {
    FitRequest fit = new FitRequest(request.requiredContent(), request.getMediaType());
    if (request.paramAsBoolean("wait_for_completion", true) == false) {
      return channel -> start(fit.storingResult(), client, channel);
    }
    return channel ->
        new RestCancellableNodeClient(client, request.getHttpChannel())
            .execute(FitAction.TYPE, fit, new RestToXContentListener<>(channel));
  }

  /** Answers with the task, as {@code _reindex} does. */
  private static void start(FitRequest fit, NodeClient client, RestChannel channel)
      throws IOException {
    Task task = client.executeLocally(FitAction.TYPE, fit, LoggingTaskListener.instance());
    try (XContentBuilder builder = channel.newBuilder()) {
      builder.startObject().field("task", client.getLocalNodeId() + ":" + task.getId()).endObject();
      channel.sendResponse(new BytesRestResponse(RestStatus.OK, builder));
    }
  }

  private static RestChannelConsumer profiles(
      NodeClient client, ActionType<FusionAnswer> action, ProfileRequest request) {
    return channel -> client.execute(action, request, new RestToXContentListener<>(channel));
  }
}
