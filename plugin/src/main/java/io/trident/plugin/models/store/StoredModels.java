/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.api.ModelException;
import io.trident.models.folder.ModelFolder;
import io.trident.models.folder.ModelSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.opensearch.action.ActionRunnable;
import org.opensearch.cluster.ClusterChangedEvent;
import org.opensearch.cluster.ClusterStateListener;
import org.opensearch.core.action.ActionListener;

/**
 * The models of the index, as this node knows them. It asks the index when it is told of a change,
 * when it may have missed one because the cluster has changed, and when a request names a model
 * that it does not know. Thread-safe.
 */
public final class StoredModels implements ModelSource, ClusterStateListener {

  private final ModelIndex index;
  private final ModelCache cache;
  private final Executor threads;
  private final AtomicReference<CompletableFuture<Void>> asking = new AtomicReference<>();
  private volatile Map<String, StoredModel> known = Map.of();
  private volatile boolean current;
  private volatile Consumer<String> changed = id -> {};

  /**
   * Knows nothing yet.
   *
   * @param threads may wait: for a model that is being loaded, and for the disk
   */
  StoredModels(ModelIndex index, ModelCache cache, Executor threads) {
    this.index = index;
    this.cache = cache;
    this.threads = threads;
  }

  @Override
  public Set<String> ids() {
    return known.keySet();
  }

  @Override
  public Optional<ModelFolder> folder(String id) {
    return Optional.ofNullable(known.get(id)).map(model -> new StoredFolder(model, cache));
  }

  @Override
  public void onChange(Consumer<String> listener) {
    changed = listener;
  }

  /** A node that comes back may have missed a change. */
  @Override
  public void clusterChanged(ClusterChangedEvent event) {
    if (event.nodesChanged()) {
      current = false;
    }
  }

  /**
   * Makes sure that a request which names a model finds it, if it is stored.
   *
   * @param here whether the node has the model, stored or not
   */
  public CompletionStage<Void> find(boolean here) {
    if ((here && current) || index.exists() == false) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> asked = ask();
    return here ? asked.exceptionally(e -> null) : asked;
  }

  /** Asks the index for its models. Those who ask at the same time share the answer. */
  private CompletableFuture<Void> ask() {
    CompletableFuture<Void> mine = new CompletableFuture<>();
    CompletableFuture<Void> others = asking.compareAndExchange(null, mine);
    if (others != null) {
      return others;
    }
    ActionListener<Void> answering =
        ActionListener.wrap(
            done -> {
              asking.set(null);
              mine.complete(null);
            },
            e -> {
              asking.set(null);
              mine.completeExceptionally(
                  new ModelException(
                      ModelException.Kind.UNAVAILABLE,
                      "the stored models cannot be read now: " + e.getMessage(),
                      e));
            });
    try {
      refresh(answering);
    } catch (RuntimeException e) {
      answering.onFailure(e); // or all who ask later would wait for this one
    }
    return mine;
  }

  /** Asks the index for its models, after a change. */
  public void refresh(ActionListener<Void> listener) {
    ActionListener<List<StoredModel>> taking =
        ActionListener.wrap(
            models -> threads.execute(ActionRunnable.run(listener, () -> take(models))),
            listener::onFailure);
    if (index.exists()) {
      index.list(taking);
    } else {
      taking.onResponse(List.of());
    }
  }

  private synchronized void take(List<StoredModel> models) {
    Map<String, StoredModel> former = known;
    known =
        models.stream().collect(Collectors.toUnmodifiableMap(StoredModel::id, Function.identity()));
    current = true;
    Set<String> all = new HashSet<>(former.keySet());
    all.addAll(known.keySet());
    for (String id : all) {
      if (known.get(id) == null || known.get(id).equals(former.get(id)) == false) {
        changed.accept(id);
      }
    }
    cache.retain(Set.copyOf(known.values()));
  }
}
