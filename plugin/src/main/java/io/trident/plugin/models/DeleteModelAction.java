package io.trident.plugin.models;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;

/** Takes a stored model away, unless something in the cluster names it. */
public final class DeleteModelAction extends TransportModelAction {

  static final String NAME = "cluster:admin/trident/models/delete";

  /** How clients name the action. */
  public static final ActionType<ModelAnswer> TYPE = new ActionType<>(NAME, ModelAnswer::new);

  private static final TimeValue DEADLINE = TimeValue.timeValueSeconds(60);

  private final ModelsComponent models;
  private final ClusterService clusterService;
  private final Client client;

  /** Made by OpenSearch. */
  @Inject
  public DeleteModelAction(
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
  void work(String model, RequestBody body, ActionListener<Map<String, Object>> listener) {
    body.end();
    List<String> uses = new ArrayList<>(ModelUses.of(model, clusterService.state().metadata()));
    models
        .defaults()
        .forEach(
            (setting, value) -> {
              if (value.get().equals(model)) {
                uses.add("setting [" + setting + "]");
              }
            });
    models.uploads().delete(model, uses);
    client.execute(ModelsAction.INSTANCE, new ModelsAction.Request(model)).actionGet(DEADLINE);
    listener.onResponse(Map.of("model", model, "deleted", true));
  }
}
