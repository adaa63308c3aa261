/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.stats;

import java.util.List;
import org.opensearch.core.common.Strings;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestActions.NodesResponseRestListener;
import org.opensearch.transport.client.node.NodeClient;

/**
 * {@code GET /_plugins/_trident/stats} and {@code /stats/{nodes}}: what the models of each node
 * have done since it started.
 */
public final class StatsRestAction extends BaseRestHandler {

  @Override
  public String getName() {
    return "trident_stats_action";
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route(RestRequest.Method.GET, "/_plugins/_trident/stats"),
        new Route(RestRequest.Method.GET, "/_plugins/_trident/stats/{nodes}"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    StatsAction.Request stats =
        new StatsAction.Request(Strings.splitStringByCommaToArray(request.param("nodes")));
    return channel ->
        client.execute(StatsAction.INSTANCE, stats, new NodesResponseRestListener<>(channel));
  }
}
