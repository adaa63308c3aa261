package io.trident.plugin.models;

import static org.opensearch.rest.RestRequest.Method.DELETE;
import static org.opensearch.rest.RestRequest.Method.GET;
import static org.opensearch.rest.RestRequest.Method.POST;
import static org.opensearch.rest.RestRequest.Method.PUT;

import io.trident.models.api.Excerpt;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.action.ActionType;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestChannel;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestActions.NodesResponseRestListener;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.transport.client.node.NodeClient;

/**
 * {@code /_plugins/_trident/models}: lists models, stores them, takes them away, and tries them.
 */
public final class ModelsRestAction extends BaseRestHandler {

  private static final String MODELS = "/_plugins/_trident/models";
  private static final String MODEL = MODELS + "/{id}";
  private static final String CHUNK = MODEL + "/files/{file}/{number}";

  private static final String ENCODE = MODEL + "/_encode";
  private static final String VALIDATE = MODEL + "/_validate";

  @Override
  public String getName() {
    return "trident_models_action";
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route(GET, MODELS),
        new Route(GET, MODEL),
        new Route(PUT, MODEL),
        new Route(DELETE, MODEL),
        new Route(PUT, CHUNK),
        new Route(POST, ENCODE),
        new Route(GET, VALIDATE));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    String id = request.param("id");
    if (id == null) {
      return channel ->
          client.execute(
              ModelsAction.INSTANCE,
              new ModelsAction.Request(id),
              new NodesResponseRestListener<>(channel));
    }
    return switch (request.method()) {
      case GET ->
          request.path().endsWith("/_validate")
              ? execute(client, ValidateModelAction.TYPE, id, Map.of())
              : channel -> get(id, client, channel);
      case POST -> execute(client, EncodeModelAction.TYPE, id, body(request));
      case DELETE -> execute(client, DeleteModelAction.TYPE, id, Map.of());
      default -> put(id, request, client);
    };
  }

  private static void get(String id, NodeClient client, RestChannel channel) {
    RestToXContentListener<ModelAnswer> answer = new RestToXContentListener<>(channel);
    client.execute(
        ModelsAction.INSTANCE,
        new ModelsAction.Request(id),
        ActionListener.wrap(
            models -> answer.onResponse(new ModelAnswer(models.model(id))),
            e -> answer.onFailure(TransportModelAction.answer(e))));
  }

  private static RestChannelConsumer put(String id, RestRequest request, NodeClient client) {
    Map<String, Object> body = body(request);
    String file = request.param("file");
    if (file == null) {
      return execute(client, PutModelAction.TYPE, id, body);
    }
    body.put("file", file);
    body.put("number", request.paramAsInt("number", -1));
    return execute(client, PutChunkAction.TYPE, id, body);
  }

  private static Map<String, Object> body(RestRequest request) {
    Map<String, Object> body = new HashMap<>();
    if (request.hasContent()) {
      try (XContentParser parser = request.contentParser()) {
        body.putAll(parser.map());
      } catch (IOException e) {
        throw new IllegalArgumentException(
            "the body must be an object that can be read: " + Excerpt.of(e.getMessage()), e);
      }
    }
    return body;
  }

  private static RestChannelConsumer execute(
      NodeClient client, ActionType<ModelAnswer> action, String id, Map<String, Object> body) {
    return channel ->
        client.execute(action, new ModelRequest(id, body), new RestToXContentListener<>(channel));
  }
}
