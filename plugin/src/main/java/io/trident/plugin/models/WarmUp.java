/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models;

import io.trident.models.api.ModelException;
import io.trident.plugin.models.action.ModelUses;
import io.trident.plugin.models.action.ModelsComponent;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.cluster.ClusterChangedEvent;
import org.opensearch.cluster.ClusterStateListener;
import org.opensearch.gateway.GatewayService;
import org.opensearch.ingest.IngestMetadata;
import org.opensearch.ingest.PipelineConfiguration;

/**
 * Loads models, and runs each once, as soon as the node has the cluster's state, and those of an
 * ingest pipeline when it is put: the first requests need not wait for it. A stored model whose
 * index cannot be read yet is tried again whenever the state changes. Thread-safe.
 */
public final class WarmUp implements ClusterStateListener {

  private static final Logger logger = LogManager.getLogger(WarmUp.class);

  /** What is neither loaded, nor being loaded, nor broken. */
  private final Set<String> cold;

  private final Supplier<String> defaultEncoder;
  private final ModelsComponent models;
  private final Executor threads;

  /** The pipelines as they were when they were last looked at; by the thread of the state. */
  private IngestMetadata pipelines;

  /**
   * Waits for the cluster's state.
   *
   * @param cold the ids of the models
   * @param defaultEncoder the model of processors that name none
   * @param threads may wait for models to load
   */
  public WarmUp(
      List<String> cold,
      Supplier<String> defaultEncoder,
      ModelsComponent models,
      Executor threads) {
    this.cold = new ConcurrentSkipListSet<>(cold);
    this.defaultEncoder = defaultEncoder;
    this.models = models;
    this.threads = threads;
  }

  @Override
  public void clusterChanged(ClusterChangedEvent event) {
    boolean recovered =
        event.state().blocks().hasGlobalBlock(GatewayService.STATE_NOT_RECOVERED_BLOCK) == false;
    if (recovered && event.state().nodes().getLocalNode().isIngestNode()) {
      addModels(event.state().metadata().custom(IngestMetadata.TYPE));
    }
    if (recovered) {
      for (String id : cold) {
        if (cold.remove(id)) {
          threads.execute(() -> warm(id));
        }
      }
    }
  }

  private void addModels(IngestMetadata now) {
    if (now == null || now.equals(pipelines)) {
      return;
    }
    Map<String, PipelineConfiguration> former =
        pipelines == null ? Map.of() : pipelines.getPipelines();
    now.getPipelines()
        .forEach(
            (id, pipeline) -> {
              if (pipeline.equals(former.get(id)) == false) {
                cold.addAll(ModelUses.models(pipeline.getConfigAsMap(), defaultEncoder.get()));
              }
            });
    pipelines = now;
  }

  private void warm(String id) {
    models
        .find(id)
        .whenCompleteAsync(
            (found, failure) -> {
              if (failure == null) {
                load(id);
              } else {
                cold.add(id);
              }
            },
            threads);
  }

  private void load(String id) {
    try {
      models.local().describe(id);
    } catch (ModelException e) {
      if (e.kind() == ModelException.Kind.UNAVAILABLE) {
        cold.add(id);
      } else {
        logger.warn("model [{}] was to be loaded before it is used: {}", id, e.getMessage());
      }
    }
  }
}
