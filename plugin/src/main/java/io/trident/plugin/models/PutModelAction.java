package io.trident.plugin.models;

import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;

/** Stores a model, or an index for one that is there, or both. */
public final class PutModelAction extends TransportModelAction {

  static final String NAME = "cluster:admin/trident/models/put";

  /** How clients name the action. */
  public static final ActionType<ModelAnswer> TYPE = new ActionType<>(NAME, ModelAnswer::new);

  private static final TimeValue DEADLINE = TimeValue.timeValueSeconds(60);

  private final ModelsComponent models;
  private final ClusterService clusterService;
  private final Client client;

  /** Made by OpenSearch. */
  @Inject
  public PutModelAction(
      TransportService transportService,
      ActionFilters actionFilters,
      ClusterService clusterService,
      Client client,
      ModelsComponent models) {
    super(NAME, transportService, actionFilters);
    this.clusterService = clusterService;
    this.client = client;
    this.models = models;
  }

  @Override
  void work(String model, RequestBody body, ActionListener<Map<String, Object>> listener)
      throws IOException {
    String url = body.take("url", String.class);
    Map<?, ?> files = body.take("files", Map.class);
    Map<?, ?> index = body.take("index", Map.class);
    body.end();
    boolean nothing = url == null && files == null && index == null;
    if (nothing || (url != null && files != null)) {
      throw body.refused("must have one of [url, files], or [index] for a model that is there");
    }
    EncodedIndex encoded = index == null ? null : EncodedIndex.of(index);
    if (encoded != null
        && clusterService.state().metadata().getIndicesLookup().containsKey(encoded.name())) {
      throw new ModelException(
          ModelException.Kind.BAD_REQUEST, "index [" + encoded.name() + "] is there already");
    }
    ModelDescription description = store(model, url, files);
    Map<String, Object> answer =
        new LinkedHashMap<>(
            client
                .execute(ModelsAction.INSTANCE, new ModelsAction.Request(model))
                .actionGet(DEADLINE)
                .model(model));
    if (encoded != null) {
      answer.put("index", encoded.name());
      answer.put("fields", encoded.create(client, description));
    }
    listener.onResponse(answer);
  }

  private ModelDescription store(String model, String url, Map<?, ?> files) throws IOException {
    if (url != null) {
      return models.uploads().put(model, url).description();
    }
    return files == null
        ? models.local().describe(model)
        : models.uploads().put(model, ModelUploads.files(files)).description();
  }
}
