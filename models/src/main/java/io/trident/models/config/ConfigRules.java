/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import io.trident.models.api.ModelKind;
import io.trident.models.folder.ModelFolder;

/**
 * What a configuration must keep to, as far as can be told without the graph.
 *
 * @param folder the model's, for messages
 */
record ConfigRules(ModelFolder folder, ModelConfig config) {

  /** More than published models read; a row of them takes memory. */
  private static final int MAX_TOKENS = 1 << 21;

  /** Queries are filled up to it; published models have 32 to 300. */
  private static final int MAX_QUERY_LENGTH = 4_096;

  /** The largest of published models is 12,288; maps take memory for each. */
  private static final int MAX_DIMENSION = 1 << 16;

  /** Refuses a configuration that breaks one. */
  void check() {
    if (config.kind() == null) {
      throw folder.invalid(ConfigReader.mustBeOneOf("kind", ModelKind.values(), null), null);
    }
    between("max_tokens", config.maxTokens(), 8, MAX_TOKENS);
    if (config.inputs() != null && config.inputs().ids() == null) {
      throw folder.invalid("must say [inputs.ids] in [trident.json]", null);
    }
    switch (config.kind()) {
      case ENCODER -> checkEncoder();
      case CROSS_ENCODER -> checkCrossEncoder();
      case QUERY_GENERATOR -> checkQueryGenerator();
    }
  }

  private void checkNoEncoder() {
    absent("query_graph", config.queryGraph());
    absent("sparse", config.sparse());
    absent("dense", config.dense());
    absent("tokens", config.tokens());
  }

  private void checkQueryGenerator() {
    checkNoEncoder();
    checkNoScores();
    if (config.template().contains(ModelConfig.QUERY)
        || count(config.template(), ModelConfig.TEXT) != 1) {
      throw folder.invalid(
          "must have [{text}] once in its [template], and no [{query}], got ["
              + config.template()
              + "]",
          null);
    }
  }

  private void checkNoScores() {
    absent("reading", config.reading());
    absent("activation", config.activation());
    absent("yes", config.yes());
    absent("no", config.no());
  }

  private void checkCrossEncoder() {
    checkNoEncoder();
    absent("decoder_end", config.decoderEnd());
    if (config.reading() != ScoreReading.YES_NO) {
      absent("yes", config.yes());
      absent("no", config.no());
    }
    if (config.template() != null
        && (count(config.template(), ModelConfig.QUERY) > 1
            || count(config.template(), ModelConfig.TEXT) != 1)) {
      throw folder.invalid(
          "must have [{text}] once in its [template], and [{query}] at most once, got ["
              + config.template()
              + "]",
          null);
    }
  }

  private static int count(String text, String part) {
    return (text.length() - text.replace(part, "").length()) / part.length();
  }

  private void checkEncoder() {
    checkNoScores();
    absent("output", config.output());
    absent("template", config.template());
    absent("decoder_end", config.decoderEnd());
    absent("decoder_start", config.decoderStart());
    if (config.sparse() == null && config.dense() == null && config.tokens() == null) {
      throw folder.invalid(
          "must say at least one of [sparse, dense, tokens] in [trident.json]", null);
    }
    if (config.sparse() != null) {
      checkSparse(config.sparse());
    }
    if (config.dense() != null) {
      between("dense.dimension", config.dense().dimension(), 1, MAX_DIMENSION);
    }
    if (config.tokens() != null) {
      between("tokens.dimension", config.tokens().dimension(), 1, MAX_DIMENSION);
      between("tokens.query_length", config.tokens().queryLength(), 4, MAX_QUERY_LENGTH);
      if (config.tokens().attendToMaskTokens() && config.tokens().augmentQueries() == false) {
        throw folder.invalid(
            "must have [tokens.augment_queries] for [tokens.attend_to_mask_tokens] to mean anything",
            null);
      }
    }
  }

  private void checkAutoencoder(String key, ModelConfig.Sparse sparse) {
    if (sparse.reading() != SparseReading.AUTOENCODER) {
      absent("sparse.autoencoder", sparse.autoencoder());
      absent("sparse.dense", sparse.dense());
      return;
    }
    absent(key + ".output", sparse.output());
    absent(key + ".echo", sparse.echo() ? sparse.echo() : null);
    between("sparse.dense.dimension", sparse.dense().dimension(), 1, MAX_DIMENSION);
    if (sparse.autoencoder() == null) {
      throw folder.invalid(
          "must say the file [sparse.autoencoder] in [trident.json] for the reading [autoencoder]",
          null);
    }
  }

  private void checkSparse(ModelConfig.Sparse sparse) {
    checkReading("sparse", sparse);
    if (sparse.query() == null) {
      return;
    }
    if (sparse.query().reading() != QueryReading.IDF) {
      absent("sparse.query.file", sparse.query().file());
    }
    if (sparse.query().reading().ofGraph().isPresent()) {
      checkTerms(sparse);
      checkReading("sparse.query", sparse.forQueries());
    } else {
      checkWithoutInference(sparse);
    }
  }

  private void checkReading(String key, ModelConfig.Sparse sparse) {
    checkAutoencoder(key, sparse);
    between(key + ".top_k", sparse.topK(), 1, Integer.MAX_VALUE);
    if (sparse.threshold() < 0 || Float.isFinite(sparse.threshold()) == false) {
      throw folder.invalid(
          "must have a ["
              + key
              + ".threshold] of at least 0 in [trident.json], got ["
              + sparse.threshold()
              + "]",
          null);
    }
  }

  private void checkTerms(ModelConfig.Sparse sparse) {
    SparseReading queries = sparse.forQueries().reading();
    if (queries.terms() != sparse.reading().terms()) {
      throw folder.invalid(
          "must have a [sparse.query.reading] of "
              + sparse.reading().terms()
              + ", as ["
              + sparse.reading()
              + "] is, in [trident.json], got ["
              + queries
              + "], which is of "
              + queries.terms(),
          null);
    }
  }

  private void checkWithoutInference(ModelConfig.Sparse sparse) {
    ModelConfig.SparseQuery query = sparse.query();
    if (sparse.reading().namesTokens() == false) {
      throw folder.invalid(
          "must not have [sparse.query] of the reading ["
              + query.reading()
              + "] for the reading ["
              + sparse.reading()
              + "]: dimensions are no tokens",
          null);
    }
    absent("sparse.query.output", query.output());
    absent("sparse.query.saturation", query.saturation());
    absent("sparse.query.special_tokens", query.specialTokens());
    absent("sparse.query.top_k", query.topK());
    absent("sparse.query.threshold", query.threshold());
    absent("sparse.query.echo", query.echo());
    absent("sparse.query.graph", query.graph());
  }

  private void absent(String key, Object value) {
    if (value != null) {
      throw folder.invalid(
          "must not have [" + key + "] in [trident.json], because of its [kind] or [reading]",
          null);
    }
  }

  private void between(String key, Integer value, int least, int most) {
    if (value != null && (value < least || value > most)) {
      throw folder.invalid(
          "must have a ["
              + key
              + "] of at least "
              + least
              + " and at most "
              + most
              + " in [trident.json], got ["
              + value
              + "]",
          null);
    }
  }
}
