/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import io.trident.models.runtime.LocalInference;
import io.trident.plugin.models.store.ClusterModels;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * What the actions on models share on a node.
 *
 * @param cluster the models that the cluster keeps
 * @param local runs the models
 * @param defaults the settings that name a model, and what they name
 * @param nodes the nodes of the cluster
 */
public record ModelsComponent(
    ClusterModels cluster,
    LocalInference local,
    Map<String, Supplier<String>> defaults,
    ModelNodes nodes) {

  /** Completes when a request that names a model would find it, if it is stored. */
  public CompletionStage<Void> find(String model) {
    return cluster.stored().find(local.has(model));
  }
}
