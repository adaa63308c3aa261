/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.trident.models.api.ModelException;
import io.trident.models.folder.ModelFolder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A module of Sentence Transformers or PyLate: a step on the way from a text to its vector.
 *
 * @param folder the model's files
 * @param type its class, with the package that it comes from
 * @param path its own folder in the model's; empty for the model's folder itself
 * @param kind what it does
 */
record PublishedModule(ModelFolder folder, String type, String path, Kind kind) {

  /** The file of a module's weights. */
  static final String WEIGHTS = "model.safetensors";

  /** The package of PyLate. */
  static final String PYLATE = "pylate.";

  /** Packages whose modules are what their names say. */
  private static final List<String> PACKAGES = List.of("sentence_transformers.", PYLATE);

  /** The modules that are understood, with the options in their own config.json. */
  enum Kind {
    /** The graph, which exports have in ONNX; its options are not in a config.json of its own. */
    TRANSFORMER(List.of("Transformer", "MLMTransformer"), Set.of()),
    POOLING(
        List.of("Pooling"),
        Set.of(
            "word_embedding_dimension",
            "embedding_dimension",
            "include_prompt",
            "pooling_mode",
            "pooling_mode_cls_token",
            "pooling_mode_mean_tokens",
            "pooling_mode_lasttoken",
            "pooling_mode_max_tokens",
            "pooling_mode_mean_sqrt_len_tokens",
            "pooling_mode_weightedmean_tokens")),
    DENSE(
        List.of("Dense"),
        Set.of(
            "in_features",
            "out_features",
            "bias",
            "activation_function",
            "use_residual",
            "module_input_name",
            "module_output_name")),
    NORMALIZE(List.of("Normalize"), Set.of()),
    /** Does nothing once a model is trained. */
    DROPOUT(List.of("Dropout"), Set.of("dropout")),
    SPLADE_POOLING(
        List.of("SpladePooling"),
        Set.of(
            "pooling_strategy",
            "activation_function",
            "chunk_size",
            "word_embedding_dimension",
            "embedding_dimension")),
    AUTOENCODER(
        List.of("SparseAutoEncoder"),
        Set.of("input_dim", "hidden_dim", "k", "k_aux", "normalize", "dead_threshold")),
    STATIC_EMBEDDING(List.of("SparseStaticEmbedding", "IDF"), Set.of("frozen", "path")),
    ROUTER(List.of("Router"), Set.of());

    private final List<String> names;
    private final Set<String> options;

    Kind(List<String> names, Set<String> options) {
      this.names = names;
      this.options = options;
    }

    /** The name of its class. */
    @Override
    public String toString() {
      return names.getFirst();
    }

    private static Optional<Kind> of(String type) {
      String name = type.substring(type.lastIndexOf('.') + 1);
      return PACKAGES.stream().anyMatch(type::startsWith)
          ? Arrays.stream(values()).filter(kind -> kind.names.contains(name)).findFirst()
          : Optional.empty();
    }
  }

  /**
   * A module by the name of its class.
   *
   * @throws ModelException INVALID_MODEL when what it does, or one of its options, is not known
   */
  static PublishedModule of(ModelFolder folder, String type, String path) {
    Kind kind =
        Kind.of(type).orElseThrow(() -> invalid(folder, type, path, "that is not understood"));
    PublishedModule module = new PublishedModule(folder, type, path, kind);
    module.checkOptions();
    return module;
  }

  private void checkOptions() {
    if (hasOptions()) {
      Set<String> unknown = new TreeSet<>();
      options().fieldNames().forEachRemaining(unknown::add);
      unknown.removeAll(kind.options);
      if (unknown.isEmpty() == false) {
        throw invalid("whose options " + unknown + " are not understood");
      }
    }
  }

  /** A graph and a router have files of their own. */
  private boolean hasOptions() {
    return kind != Kind.TRANSFORMER && kind != Kind.ROUTER && path.isEmpty() == false;
  }

  /** Its options; none for a module that lies in the model's folder itself. */
  JsonNode options() {
    return hasOptions()
        ? PublishedConfig.json(folder, file(PublishedConfig.FILE))
        : JsonNodeFactory.instance.objectNode();
  }

  boolean isOf(String prefix) {
    return type.startsWith(prefix);
  }

  /** Where a file of its own is. */
  String file(String name) {
    return path.isEmpty() ? name : path + "/" + name;
  }

  /** The file of its weights, which exports leave out of the graph. */
  String weights() {
    String file = file(WEIGHTS);
    if (folder.has(file) == false) {
      throw invalid("that must have the file [" + file + "]");
    }
    return file;
  }

  /**
   * What an option stands for.
   *
   * @param absent its value when it is not there
   * @param meanings the values that are understood, and what they stand for
   */
  <T> T oneOf(String option, String absent, Map<String, T> meanings) {
    JsonNode value = options().path(option);
    T meaning = meanings.get(value.asText(absent));
    if (meaning == null) {
      throw invalid(option, new TreeSet<>(meanings.keySet()), value);
    }
    return meaning;
  }

  /** Refuses an option's value. */
  ModelException invalid(String option, Object expected, JsonNode got) {
    return invalid(
        "that must have the option [" + option + "] of " + expected + ", got [" + got + "]");
  }

  /** Refuses the module. */
  ModelException invalid(String what) {
    return invalid(folder, type, path, what);
  }

  private static ModelException invalid(ModelFolder folder, String type, String path, String what) {
    return folder.invalid(
        "has a module ["
            + type
            + "] in ["
            + (path.isEmpty() ? "." : path)
            + "] "
            + what
            + "; a file [trident.json] would say instead how the graph is read",
        null);
  }
}
