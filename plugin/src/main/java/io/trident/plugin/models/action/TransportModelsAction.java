/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.plugin.models.store.DescriptionMap;
import java.io.IOException;
import java.util.List;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.action.support.nodes.TransportNodesAction;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;

/** Answers {@link ModelsAction} on every node. */
public final class TransportModelsAction
    extends TransportNodesAction<
        ModelsAction.Request,
        ModelsAction.Response,
        TransportModelsAction.NodeRequest,
        NodeModels> {

  private static final TimeValue DEADLINE = TimeValue.timeValueSeconds(30);

  private final ModelsComponent models;

  /** Made by OpenSearch. */
  @Inject
  public TransportModelsAction(
      ThreadPool threadPool,
      ClusterService clusterService,
      TransportService transportService,
      ActionFilters actionFilters,
      ModelsComponent models) {
    super(
        ModelsAction.NAME,
        threadPool,
        clusterService,
        transportService,
        actionFilters,
        ModelsAction.Request::new,
        NodeRequest::new,
        ThreadPool.Names.GENERIC, // a model may have to be loaded
        NodeModels.class);
    this.models = models;
  }

  /** Asks one node what all are asked. */
  public static final class NodeRequest extends TransportRequest {
    private final ModelsAction.Request request;

    NodeRequest(ModelsAction.Request request) {
      this.request = request;
    }

    NodeRequest(StreamInput in) throws IOException {
      super(in);
      request = new ModelsAction.Request(in);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      request.writeTo(out);
    }
  }

  @Override
  protected ModelsAction.Response newResponse(
      ModelsAction.Request request, List<NodeModels> nodes, List<FailedNodeException> failures) {
    return new ModelsAction.Response(clusterService.getClusterName(), nodes, failures);
  }

  @Override
  protected NodeRequest newNodeRequest(ModelsAction.Request request) {
    return new NodeRequest(request);
  }

  @Override
  protected NodeModels newNodeResponse(StreamInput in) throws IOException {
    return new NodeModels(in);
  }

  @Override
  protected NodeModels nodeOperation(NodeRequest node) {
    String model = node.request.model();
    PlainActionFuture<Void> refreshed = PlainActionFuture.newFuture();
    models.cluster().stored().refresh(refreshed);
    refreshed.actionGet(DEADLINE);
    List<ModelDescription> descriptions = model == null ? models.local().models() : one(model);
    return new NodeModels(
        clusterService.localNode(), descriptions.stream().map(DescriptionMap::of).toList());
  }

  private List<ModelDescription> one(String model) {
    try {
      return List.of(models.local().glance(model));
    } catch (ModelException e) {
      return List.of(); // other nodes may have it
    }
  }
}
