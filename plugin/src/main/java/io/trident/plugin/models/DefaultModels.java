/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelKind;
import io.trident.plugin.models.action.ModelsComponent;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.admin.cluster.settings.ClusterUpdateSettingsAction;
import org.opensearch.action.admin.cluster.settings.ClusterUpdateSettingsRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;

/**
 * Refuses to make a model the default one that no node has, or that is of another kind. It is asked
 * when the settings are changed, not when they are read: a node that starts does not know yet which
 * models are stored.
 *
 * @param kinds the settings that name a model, with the kind that it must be of
 * @param models of the node
 */
public record DefaultModels(Map<String, ModelKind> kinds, Supplier<ModelsComponent> models)
    implements ActionFilter {

  @Override
  public int order() {
    return 0;
  }

  @Override
  public <Q extends ActionRequest, R extends ActionResponse> void apply(
      Task task,
      String action,
      Q request,
      ActionRequestMetadata<Q, R> metadata,
      ActionListener<R> listener,
      ActionFilterChain<Q, R> chain) {
    if (action.equals(ClusterUpdateSettingsAction.NAME)
        && request instanceof ClusterUpdateSettingsRequest update
        && settings(update).anyMatch(this::namesModels)) {
      models
          .get()
          .nodes()
          .client()
          .threadPool()
          .generic()
          .execute(
              ActionRunnable.wrap(
                  listener,
                  waiting -> {
                    settings(update).forEach(this::check);
                    chain.proceed(task, action, request, waiting);
                  }));
    } else {
      chain.proceed(task, action, request, listener);
    }
  }

  private static Stream<Settings> settings(ClusterUpdateSettingsRequest update) {
    return Stream.of(update.persistentSettings(), update.transientSettings());
  }

  private boolean namesModels(Settings settings) {
    return kinds.keySet().stream().anyMatch(settings::hasValue);
  }

  private void check(Settings settings) {
    kinds.forEach(
        (key, kind) -> {
          if (settings.hasValue(key)) {
            check(key, settings.get(key), kind);
          }
        });
  }

  private void check(String key, String model, ModelKind kind) {
    Map<String, Object> found = models.get().nodes().ask(model).find(model);
    Object problem = found == null ? "no node has it" : found.get("problem");
    if (problem == null && kind.toString().equals(found.get("kind")) == false) {
      problem = "it is of the kind [" + found.get("kind") + "]";
    }
    if (problem != null) {
      throw new IllegalArgumentException(
          "["
              + key
              + "] must name a model of the kind ["
              + kind
              + "] that can be used, got ["
              + Excerpt.of(model)
              + "]: "
              + problem);
    }
  }
}
