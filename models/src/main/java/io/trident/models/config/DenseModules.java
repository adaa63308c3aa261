/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.models.config.PublishedModule.Kind;
import java.util.List;
import java.util.Map;

/**
 * A dense vector as Sentence Transformers makes it of the graph's output: pooled, taken through
 * layers that are not in the graph, and perhaps scaled to length 1.
 *
 * @param module pools the output
 * @param pooling how it pools it
 * @param poolsPrefix whether the prompt's tokens are pooled with those of the text
 * @param layers the files of the layers' weights
 * @param normalize whether it is scaled
 */
record DenseModules(
    PublishedModule module,
    Pooling pooling,
    boolean poolsPrefix,
    List<String> layers,
    boolean normalize) {

  private static final String MODE = "pooling_mode";

  private static final Map<String, Pooling> POOLINGS =
      Map.ofEntries(
          Map.entry("cls", Pooling.CLS),
          Map.entry("mean", Pooling.MEAN),
          Map.entry("lasttoken", Pooling.LAST),
          Map.entry("cls_token", Pooling.CLS),
          Map.entry("mean_tokens", Pooling.MEAN));

  /** Takes the modules from their chain. */
  static DenseModules of(ModuleChain chain) {
    PublishedModule module = chain.require(Kind.POOLING);
    return new DenseModules(
        module,
        pooling(module),
        module.options().path("include_prompt").asBoolean(true),
        layers(chain, "sentence_embedding"),
        chain.all(Kind.NORMALIZE).isEmpty() == false);
  }

  /**
   * Takes the layers that follow one another.
   *
   * @param mapped what they must be for, as Sentence Transformers calls it
   * @return the files of their weights
   */
  static List<String> layers(ModuleChain chain, String mapped) {
    return chain.all(Kind.DENSE).stream().map(layer -> layer(layer, mapped)).toList();
  }

  private static String layer(PublishedModule layer, String mapped) {
    for (String option : List.of("module_input_name", "module_output_name")) {
      JsonNode name = layer.options().path(option);
      if (name.isTextual() && name.asText().equals(mapped) == false) {
        throw layer.invalid(option, mapped, name);
      }
    }
    checkActivation(layer);
    return layer.weights();
  }

  /** Sentence Transformers takes another one than PyLate where none is named. */
  private static void checkActivation(PublishedModule layer) {
    String option = "activation_function";
    if (layer.options().isEmpty() == false
        && layer.options().has(option) == false
        && layer.isOf(PublishedModule.PYLATE) == false) {
      throw layer.invalid("that must have the option [" + option + "]");
    }
  }

  private static Pooling pooling(PublishedModule module) {
    JsonNode options = module.options();
    List<String> modes =
        options.hasNonNull(MODE)
            ? List.of(options.path(MODE).asText())
            : options.properties().stream()
                .filter(option -> option.getKey().startsWith(MODE) && option.getValue().asBoolean())
                .map(option -> option.getKey().substring(MODE.length() + 1))
                .toList();
    Pooling pooling = modes.size() == 1 ? POOLINGS.get(modes.get(0)) : null;
    if (pooling == null) {
      throw module.invalid(MODE, "cls, mean or lasttoken alone", options);
    }
    return pooling;
  }

  /**
   * Says how the vectors of both sides are read.
   *
   * @throws io.trident.models.api.ModelException INVALID_MODEL when they differ in more than layers
   */
  static void write(
      DenseModules documents, DenseModules queries, Prompts prompts, ObjectNode dense) {
    if (documents.pooling != queries.pooling
        || documents.poolsPrefix != queries.poolsPrefix
        || documents.normalize != queries.normalize) {
      throw queries.module.invalid("that must pool and normalize queries as documents");
    }
    queries.layers.forEach(dense.withArray("query_map")::add);
    documents.layers.forEach(dense.withArray("document_map")::add);
    dense.put("pooling", documents.pooling.toString());
    if (documents.poolsPrefix == false) {
      dense.put("pool_prefix", false);
    }
    dense.put("normalize", documents.normalize);
    dense.put("query_prefix", prompts.query());
    dense.put("document_prefix", prompts.document());
  }
}
