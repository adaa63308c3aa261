/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.transport.client.Client;

/**
 * The cluster as the actions that change models see it. Waits, with a deadline. Thread-safe.
 *
 * @param client asks all nodes
 * @param clusterService knows what names a model
 */
public record ModelNodes(Client client, ClusterService clusterService) {

  private static final TimeValue DEADLINE = TimeValue.timeValueSeconds(60);

  /** What there is in the cluster. */
  Metadata metadata() {
    return clusterService.state().metadata();
  }

  /** Has all nodes ask the index for its models, and say what they then see of one. */
  public ModelsAction.Response ask(String model) {
    return client
        .execute(ModelsAction.INSTANCE, new ModelsAction.Request(model))
        .actionGet(DEADLINE);
  }
}
