/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import io.trident.models.encoder.ModelReport;
import io.trident.models.onnx.GraphSignature;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.transport.TransportService;

/** Loads a model on the node that answers, and says what its files say and what is wrong. */
public final class ValidateModelAction extends TransportModelAction {

  static final String NAME = "cluster:monitor/trident/models/validate";

  /** How clients name the action. */
  public static final ActionType<ModelAnswer> TYPE = new ActionType<>(NAME, ModelAnswer::new);

  private final ModelsComponent models;

  /** Made by OpenSearch. */
  @Inject
  public ValidateModelAction(
      TransportService transportService, ActionFilters actionFilters, ModelsComponent models) {
    super(NAME, transportService, actionFilters);
    this.models = models;
  }

  @Override
  void work(String model, RequestBody body, ActionListener<Map<String, Object>> listener) {
    body.end();
    models
        .find(model)
        .whenCompleteAsync(
            (found, failure) ->
                ActionListener.completeWith(listener, () -> map(models.local().report(model))),
            generic());
  }

  private static Map<String, Object> map(ModelReport report) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", report.id());
    map.put("valid", report.problem() == null);
    if (report.problem() != null) {
      map.put("problem", report.problem());
    }
    Map<String, Object> graphs = new LinkedHashMap<>();
    report.graphs().forEach((file, graph) -> graphs.put(file, map(graph)));
    map.put("graphs", graphs);
    map.put("config", report.config());
    return map;
  }

  private static Map<String, Object> map(GraphSignature graph) {
    return Map.of("inputs", tensors(graph.inputs()), "outputs", tensors(graph.outputs()));
  }

  private static Map<String, Object> tensors(List<GraphSignature.Tensor> tensors) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (GraphSignature.Tensor tensor : tensors) {
      map.put(tensor.name(), Map.of("type", tensor.type(), "shape", tensor.shape()));
    }
    return map;
  }
}
