/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.stats;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.ActionType;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.action.support.nodes.BaseNodesResponse;
import org.opensearch.cluster.ClusterName;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;

/** Asks nodes what their models have done. */
public final class StatsAction extends ActionType<StatsAction.Response> {

  static final String NAME = "cluster:monitor/trident/stats";

  /** How clients name the action. */
  public static final StatsAction INSTANCE = new StatsAction();

  private StatsAction() {
    super(NAME, Response::new);
  }

  /** Names the nodes; none means all. */
  public static final class Request extends BaseNodesRequest<Request> {
    Request(String... nodes) {
      super(nodes);
    }

    Request(StreamInput in) throws IOException {
      super(in);
    }
  }

  /** The answers of all nodes. */
  public static final class Response extends BaseNodesResponse<NodeStats>
      implements ToXContentFragment {
    Response(ClusterName cluster, List<NodeStats> nodes, List<FailedNodeException> failures) {
      super(cluster, nodes, failures);
    }

    Response(StreamInput in) throws IOException {
      super(in);
    }

    @Override
    protected List<NodeStats> readNodesFrom(StreamInput in) throws IOException {
      return in.readList(NodeStats::new);
    }

    @Override
    protected void writeNodesTo(StreamOutput out, List<NodeStats> nodes) throws IOException {
      out.writeList(nodes);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      builder.startObject("nodes");
      for (NodeStats node : getNodes()) {
        node.toXContent(builder, params);
      }
      return builder.endObject();
    }
  }
}
