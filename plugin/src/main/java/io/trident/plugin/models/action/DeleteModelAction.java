/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.transport.TransportService;

/** Takes a stored model away, unless something in the cluster names it. */
public final class DeleteModelAction extends TransportModelAction {

  static final String NAME = "cluster:admin/trident/models/delete";

  /** How clients name the action. */
  public static final ActionType<ModelAnswer> TYPE = new ActionType<>(NAME, ModelAnswer::new);

  private final ModelsComponent models;

  /** Made by OpenSearch. */
  @Inject
  public DeleteModelAction(
      TransportService transportService, ActionFilters actionFilters, ModelsComponent models) {
    super(NAME, transportService, actionFilters);
    this.models = models;
  }

  @Override
  void work(String model, RequestBody body, ActionListener<Map<String, Object>> listener) {
    body.end();
    List<String> uses = new ArrayList<>(ModelUses.of(model, models.nodes().metadata()));
    models
        .defaults()
        .forEach(
            (setting, value) -> {
              if (value.get().equals(model)) {
                uses.add("setting [" + setting + "]");
              }
            });
    models.cluster().uploads().delete(model, uses);
    models.nodes().ask(model);
    listener.onResponse(Map.of("model", model, "deleted", true));
  }
}
