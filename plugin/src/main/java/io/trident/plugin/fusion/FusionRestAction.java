package io.trident.plugin.fusion;

import java.io.IOException;
import java.util.List;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestCancellableNodeClient;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.transport.client.node.NodeClient;

/** {@code POST /_plugins/_trident/fusion/_fit}. */
public final class FusionRestAction extends BaseRestHandler {

  private static final String FIT = "/_plugins/_trident/fusion/_fit";

  @Override
  public String getName() {
    return "trident_fusion_action";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(RestRequest.Method.POST, FIT));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
      throws IOException {
    FitRequest fit = new FitRequest(request.requiredContent(), request.getMediaType());
    return channel ->
        new RestCancellableNodeClient(client, request.getHttpChannel())
            .execute(FitAction.TYPE, fit, new RestToXContentListener<>(channel));
  }
}
