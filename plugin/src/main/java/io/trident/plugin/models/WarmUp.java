package io.trident.plugin.models;

import io.trident.models.api.ModelException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executor;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.cluster.ClusterChangedEvent;
import org.opensearch.cluster.ClusterStateListener;
import org.opensearch.gateway.GatewayService;

/**
 * Loads models, and runs each once, as soon as the node has the cluster's state: the first requests
 * need not wait for it. A stored model whose index cannot be read yet is tried again whenever the
 * state changes. Thread-safe.
 */
public final class WarmUp implements ClusterStateListener {

  private static final Logger logger = LogManager.getLogger(WarmUp.class);

  /** What is neither loaded, nor being loaded, nor broken. */
  private final Set<String> cold;

  private final ModelsComponent models;
  private final Executor threads;

  /**
   * Waits for the cluster's state.
   *
   * @param cold the ids of the models
   * @param threads may wait for models to load
   */
  public WarmUp(List<String> cold, ModelsComponent models, Executor threads) {
    this.cold = new ConcurrentSkipListSet<>(cold);
    this.models = models;
    this.threads = threads;
  }

  @Override
  public void clusterChanged(ClusterChangedEvent event) {
    boolean recovered =
        event.state().blocks().hasGlobalBlock(GatewayService.STATE_NOT_RECOVERED_BLOCK) == false;
    if (recovered) {
      for (String id : cold) {
        if (cold.remove(id)) {
          threads.execute(() -> warm(id));
        }
      }
    }
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
        logger.warn("[{}] was to be loaded when the node starts: {}", id, e.getMessage());
      }
    }
  }
}
