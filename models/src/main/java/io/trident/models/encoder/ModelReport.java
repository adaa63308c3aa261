/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.api.ModelException;
import io.trident.models.config.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.GraphSignature;
import io.trident.models.onnx.OnnxGraph;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a model's files say, for whoever has to find out why it does not work.
 *
 * @param id the model's id
 * @param problem why it cannot be used, or null
 * @param config what its {@code trident.json} says, or its published files, with the defaults;
 *     empty when that cannot be read
 * @param graphs what its graphs take and give, by file; those that can be loaded
 */
public record ModelReport(
    String id, String problem, Map<String, Object> config, Map<String, GraphSignature> graphs) {

  /** Reads and loads a model, and frees it again. */
  public static ModelReport of(ModelFolder folder) {
    Map<String, Object> config = Map.of();
    Map<String, GraphSignature> graphs = new LinkedHashMap<>();
    String problem = null;
    try {
      graphs.put(folder.graph(), OnnxGraph.signature(folder, folder.graph()));
      ModelConfig read = ModelConfig.read(folder);
      config = read.toMap();
      for (String graph : OnnxModel.graphs(folder)) {
        if (graphs.containsKey(graph) == false) {
          graphs.put(graph, OnnxGraph.signature(folder, graph));
        }
      }
      OnnxModel.load(folder, 1).close();
    } catch (ModelException e) {
      problem = e.getMessage();
    }
    return new ModelReport(folder.id(), problem, config, graphs);
  }
}
