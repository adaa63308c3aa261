/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import io.trident.ingest.EncodeProcessor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.index.IndexSettings;
import org.opensearch.ingest.IngestMetadata;
import org.opensearch.ingest.PipelineConfiguration;
import org.opensearch.search.pipeline.SearchPipelineMetadata;

/** Finds what in a cluster names a model: ingest and search pipelines, and their indices. */
public final class ModelUses {

  private ModelUses() {}

  /** The uses of a model, as people call them. */
  static List<String> of(String model, Metadata metadata) {
    List<String> uses = new ArrayList<>();
    if (metadata.custom(IngestMetadata.TYPE) instanceof IngestMetadata ingest) {
      for (PipelineConfiguration pipeline : ingest.getPipelines().values()) {
        if (names(model, pipeline.getConfigAsMap())) {
          uses.add("ingest pipeline [" + pipeline.getId() + "]" + indices(pipeline, metadata));
        }
      }
    }
    if (metadata.custom(SearchPipelineMetadata.TYPE) instanceof SearchPipelineMetadata search) {
      search
          .getPipelines()
          .forEach(
              (id, pipeline) -> {
                if (names(model, pipeline.getConfigAsMap())) {
                  uses.add("search pipeline [" + id + "]");
                }
              });
    }
    return uses;
  }

  private static String indices(PipelineConfiguration pipeline, Metadata metadata) {
    List<String> indices = new ArrayList<>();
    for (IndexMetadata index : metadata) {
      if (IndexSettings.DEFAULT_PIPELINE.get(index.getSettings()).equals(pipeline.getId())
          || IndexSettings.FINAL_PIPELINE.get(index.getSettings()).equals(pipeline.getId())) {
        indices.add(index.getIndex().getName());
      }
    }
    return indices.isEmpty() ? "" : " of the indices " + indices;
  }

  /**
   * The models that the processors of a pipeline run.
   *
   * @param usual the one of processors that name none
   */
  public static Set<String> models(Map<String, Object> pipeline, String usual) {
    Set<String> models = new HashSet<>();
    addEncoded(pipeline, usual, models);
    return models;
  }

  private static void addEncoded(Object config, String usual, Set<String> models) {
    if (config instanceof Map<?, ?> map) {
      if (map.get(EncodeProcessor.TYPE) instanceof Map<?, ?> encode) {
        models.add(encode.get("model") instanceof String named ? named : usual);
        addNamed(encode.values(), models);
      }
      map.values().forEach(value -> addEncoded(value, usual, models));
    } else if (config instanceof Collection<?> values) {
      values.forEach(value -> addEncoded(value, usual, models));
    }
  }

  /** What judges passages and predicts queries lies in options of its own. */
  private static void addNamed(Object config, Set<String> models) {
    if (config instanceof Map<?, ?> map) {
      if (map.get("model") instanceof String named) {
        models.add(named);
      }
      addNamed(map.values(), models);
    } else if (config instanceof Collection<?> values) {
      values.forEach(value -> addNamed(value, models));
    }
  }

  /** Whether an option called model, at any depth, has the value. */
  private static boolean names(String model, Object config) {
    if (config instanceof Map<?, ?> map) {
      return model.equals(map.get("model"))
          || map.values().stream().anyMatch(value -> names(model, value));
    }
    return config instanceof Collection<?> values
        && values.stream().anyMatch(value -> names(model, value));
  }
}
