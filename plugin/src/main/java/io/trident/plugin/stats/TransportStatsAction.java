/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.stats;

import io.trident.ingest.Admission;
import io.trident.models.api.Inference;
import io.trident.models.runtime.LocalInference;
import java.io.IOException;
import java.util.List;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.nodes.TransportNodesAction;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;

/** Answers {@link StatsAction} on every node. */
public final class TransportStatsAction
    extends TransportNodesAction<
        StatsAction.Request, StatsAction.Response, TransportStatsAction.NodeRequest, NodeStats> {

  private final Inference inference;
  private final Admission admission;

  /** Made by OpenSearch, with the component that the plugin gave it. */
  @Inject
  public TransportStatsAction(
      ThreadPool threadPool,
      ClusterService clusterService,
      TransportService transportService,
      ActionFilters actionFilters,
      LocalInference inference,
      Admission admission) {
    super(
        StatsAction.NAME,
        threadPool,
        clusterService,
        transportService,
        actionFilters,
        StatsAction.Request::new,
        NodeRequest::new,
        ThreadPool.Names.MANAGEMENT,
        NodeStats.class);
    this.inference = inference;
    this.admission = admission;
  }

  /** Asks one node. */
  public static final class NodeRequest extends TransportRequest {
    NodeRequest() {}

    NodeRequest(StreamInput in) throws IOException {
      super(in);
    }
  }

  @Override
  protected StatsAction.Response newResponse(
      StatsAction.Request request, List<NodeStats> nodes, List<FailedNodeException> failures) {
    return new StatsAction.Response(clusterService.getClusterName(), nodes, failures);
  }

  @Override
  protected NodeRequest newNodeRequest(StatsAction.Request request) {
    return new NodeRequest();
  }

  @Override
  protected NodeStats newNodeResponse(StreamInput in) throws IOException {
    return new NodeStats(in);
  }

  @Override
  protected NodeStats nodeOperation(NodeRequest request) {
    return new NodeStats(clusterService.localNode(), inference.stats(), admission.load());
  }
}
