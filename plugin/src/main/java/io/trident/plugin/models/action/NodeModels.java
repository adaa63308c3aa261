/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.opensearch.action.support.nodes.BaseNodeResponse;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;

/** The models of one node, as JSON has them. */
public final class NodeModels extends BaseNodeResponse {

  private final List<Map<String, Object>> models;

  NodeModels(DiscoveryNode node, List<Map<String, Object>> models) {
    super(node);
    this.models = models;
  }

  NodeModels(StreamInput in) throws IOException {
    super(in);
    models = in.readList(StreamInput::readMap);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    out.writeCollection(models, StreamOutput::writeMap);
  }

  List<Map<String, Object>> models() {
    return models;
  }
}
