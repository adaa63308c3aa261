/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.models.api.ModelKind;
import io.trident.models.api.Side;
import io.trident.models.config.PublishedModule.Kind;
import io.trident.models.folder.ModelFolder;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * What a folder as it is published on the Hugging Face hub says of itself, in the terms of {@code
 * trident.json}: cross-encoders, dense encoders of Sentence Transformers, late interaction as
 * PyLate keeps it, SPLADE with or without inference for queries, and sparse autoencoders.
 */
final class PublishedConfig {

  static final String FILE = "config.json";

  /** The options of the module with the graph. */
  private static final String OPTIONS = "sentence_bert_config.json";

  private static final String TOKENIZER = "tokenizer_config.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ModelFolder folder;

  private PublishedConfig(ModelFolder folder) {
    this.folder = folder;
  }

  /** The configuration that the published files stand for. */
  static ObjectNode read(ModelFolder folder) {
    return new PublishedConfig(folder).read();
  }

  private ObjectNode read() {
    JsonNode config = json(FILE);
    String architecture = config.path("architectures").path(0).asText();
    ObjectNode result = JSON.createObjectNode();
    ModuleChain documents = ModuleChain.of(folder, Side.DOCUMENT);
    ModuleChain queries = ModuleChain.of(folder, Side.QUERY);
    Optional<PublishedModule> graph = documents.next(Kind.TRANSFORMER);
    checkGraph(graph, queries);
    JsonNode options =
        json(graph.map(module -> module.file(OPTIONS)).filter(folder::has).orElse(OPTIONS));
    checkCase(options);
    maxTokens(config, options).ifPresent(tokens -> result.put("max_tokens", tokens));
    if (architecture.endsWith("ForSequenceClassification")) {
      result.put("kind", ModelKind.CROSS_ENCODER.toString());
      ScoreReading reading =
          config.path("id2label").size() == 1 ? ScoreReading.LOGIT : ScoreReading.TWO_CLASSES;
      result.put("reading", reading.toString());
    } else {
      result.put("kind", ModelKind.ENCODER.toString());
      encoder(documents, queries, architecture, result);
    }
    documents.end();
    queries.end();
    return result;
  }

  /** What follows the graph says what is made of its output. */
  private void encoder(
      ModuleChain documents, ModuleChain queries, String architecture, ObjectNode result) {
    if (documents.isNext(Kind.POOLING)) {
      dense(documents, queries, result);
    } else if (documents.isNext(Kind.DENSE)) {
      TokensModules.write(folder, documents, queries, result);
    } else if (documents.isNext(Kind.SPLADE_POOLING)) {
      sparse(documents, queries, result.putObject("sparse"));
    } else if (documents.isEmpty() && architecture.endsWith("ForMaskedLM")) {
      SparseModules.write(folder, result.putObject("sparse"));
    } else {
      documents.end();
      throw folder.invalid(
          "must have the file [trident.json]: its ["
              + FILE
              + "] does not say how ["
              + architecture
              + "] is read",
          null);
    }
  }

  /** One graph is run for both sides, unless queries need none. */
  private static void checkGraph(Optional<PublishedModule> graph, ModuleChain queries) {
    if (queries.isNext(Kind.STATIC_EMBEDDING)) {
      return;
    }
    if (graph.isPresent() || queries.isNext(Kind.TRANSFORMER)) {
      PublishedModule other = queries.require(Kind.TRANSFORMER);
      if (graph.filter(other::equals).isEmpty()) {
        throw other.invalid("for queries alone, which need a [query_graph]");
      }
    }
  }

  /** Sentence Transformers may lower-case texts that the tokenizer alone would not. */
  private void checkCase(JsonNode options) {
    String option = "do_lower_case";
    if (options.path(option).asBoolean() && json(TOKENIZER).path(option).asBoolean(true) == false) {
      throw folder.invalid(
          "must have the same [" + option + "] in [" + OPTIONS + "] and [" + TOKENIZER + "]", null);
    }
  }

  /** A dense vector, unless an autoencoder makes a sparse one of it. */
  private void dense(ModuleChain documents, ModuleChain queries, ObjectNode result) {
    ObjectNode dense = JSON.createObjectNode();
    DenseModules.write(
        DenseModules.of(documents), DenseModules.of(queries), Prompts.of(folder), dense);
    if (documents.isNext(Kind.AUTOENCODER)) {
      PublishedModule autoencoder = documents.require(Kind.AUTOENCODER);
      if (queries.require(Kind.AUTOENCODER).equals(autoencoder) == false) {
        throw autoencoder.invalid("for documents alone");
      }
      SparseModules.writeAutoencoder(autoencoder, result.putObject("sparse"));
      result.withObject("sparse").set("dense", dense);
    } else {
      result.set("dense", dense);
    }
  }

  private void sparse(ModuleChain documents, ModuleChain queries, ObjectNode sparse) {
    Prompts.refuse(folder, "sparse");
    PublishedModule pooling = documents.require(Kind.SPLADE_POOLING);
    SparseModules.write(pooling, sparse);
    if (queries.isNext(Kind.STATIC_EMBEDDING)) {
      SparseModules.writeQueries(queries.require(Kind.STATIC_EMBEDDING), sparse);
    } else {
      PublishedModule other = queries.require(Kind.SPLADE_POOLING);
      if (other.options().equals(pooling.options()) == false) {
        throw other.invalid("that must pool queries as documents");
      }
    }
  }

  private JsonNode json(String file) {
    return json(folder, file);
  }

  /** What a file says; an empty object where it is missing. */
  static JsonNode json(ModelFolder folder, String file) {
    return folder.has(file)
        ? FolderJson.read(folder, file, JsonNode.class)
        : JSON.createObjectNode();
  }

  /** The smallest of the bounds that the files give. */
  private OptionalInt maxTokens(JsonNode config, JsonNode options) {
    // the positions of RoBERTa and its kin count from 2
    int before = config.path("model_type").asText().contains("roberta") ? 2 : 0;
    return IntStream.of(
            number(options.path("max_seq_length")),
            number(json(TOKENIZER).path("model_max_length")),
            number(config.path("max_position_embeddings")) - before)
        .filter(tokens -> tokens > 0)
        .min();
  }

  /** A number; 0 for none, and for one so large that it stands for no bound. */
  private static int number(JsonNode node) {
    return node.canConvertToInt() ? node.intValue() : 0;
  }
}
