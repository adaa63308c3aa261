package io.trident.plugin;

import io.trident.models.api.Inference;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.Representation;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestChannel;
import org.opensearch.rest.RestRequest;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.node.NodeClient;

/**
 * {@code GET /_plugins/_trident/models} and {@code /models/{id}}: the models of the node that
 * answers, with those that cannot be used and why.
 */
final class ModelsRestAction extends BaseRestHandler {

  private final Supplier<Inference> inference;

  ModelsRestAction(Supplier<Inference> inference) {
    this.inference = inference;
  }

  @Override
  public String getName() {
    return "trident_models_action";
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route(RestRequest.Method.GET, "/_plugins/_trident/models"),
        new Route(RestRequest.Method.GET, "/_plugins/_trident/models/{id}"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    String id = request.param("id");
    return channel ->
        client
            .threadPool()
            .executor(ThreadPool.Names.GENERIC) // a model may have to be loaded
            .execute(
                () -> {
                  try {
                    XContentBuilder builder = channel.newBuilder();
                    write(builder, id);
                    channel.sendResponse(new BytesRestResponse(RestStatus.OK, builder));
                  } catch (IOException | RuntimeException e) {
                    answer(channel, e);
                  }
                });
  }

  private void write(XContentBuilder builder, String id) throws IOException {
    if (id != null) {
      write(builder, describe(id));
      return;
    }
    builder.startObject().startArray("models");
    for (ModelDescription model : inference.get().models()) {
      write(builder, model);
    }
    builder.endArray().endObject();
  }

  private ModelDescription describe(String id) {
    try {
      return inference.get().describe(id);
    } catch (ModelException e) {
      RestStatus status =
          e.kind() == ModelException.Kind.NOT_FOUND ? RestStatus.NOT_FOUND : RestStatus.BAD_REQUEST;
      throw new OpenSearchStatusException(e.getMessage(), status, e);
    }
  }

  private static void write(XContentBuilder builder, ModelDescription model) throws IOException {
    builder.startObject().field("id", model.id());
    if (model.problem() != null) {
      builder.field("problem", model.problem()).endObject();
      return;
    }
    builder
        .field("kind", model.crossEncoder() ? "cross_encoder" : "encoder")
        .field("description", model.description())
        .field("license", model.license())
        .field("max_tokens", model.maxTokens())
        .field("sha256", model.sha256());
    builder.startObject("representations");
    for (Representation representation : model.representations()) {
      builder.startObject(representation.name().toLowerCase(Locale.ROOT));
      Integer dimension = model.dimensions().get(representation);
      if (dimension != null) {
        builder.field("dimension", dimension);
      }
      builder.endObject();
    }
    builder.endObject().endObject();
  }

  private static void answer(RestChannel channel, Exception failure) {
    try {
      channel.sendResponse(new BytesRestResponse(channel, failure));
    } catch (IOException e) {
      failure.addSuppressed(e);
      throw new IllegalStateException("the failure could not be sent", failure);
    }
  }
}
