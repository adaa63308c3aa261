/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.api.SparseVector;
import io.trident.models.config.FolderJson;
import io.trident.models.config.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.tokenizer.TextTokenizer;
import io.trident.models.tokenizer.TokenizedText;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads queries without inference: their distinct terms, with weights from a table (Geng et al.,
 * 2024, take the inverse document frequency) or all alike.
 */
final class SparseQueryReader {

  private final Terms terms;

  /** Null when all weigh 1. */
  private final Map<String, Float> table;

  SparseQueryReader(
      ModelFolder folder, ModelConfig.SparseQuery config, TextTokenizer tokenizer, Terms terms) {
    this.terms = terms;
    this.table = config.file() == null ? null : read(folder, config.file(), tokenizer);
  }

  private static Map<String, Float> read(ModelFolder folder, String file, TextTokenizer tokenizer) {
    Map<String, Float> weights = new HashMap<>();
    Map<?, ?> table =
        file.endsWith(".safetensors")
            ? byToken(Safetensors.read(folder, file).vector("weight"), tokenizer)
            : FolderJson.read(folder, file, Map.class);
    table.forEach(
        (token, weight) -> {
          if (weight instanceof Number == false
              || Float.isFinite(((Number) weight).floatValue()) == false) {
            throw folder.invalid(
                "must have a finite number for token ["
                    + token
                    + "] in ["
                    + file
                    + "], got ["
                    + weight
                    + "]",
                null);
          }
          weights.put((String) token, ((Number) weight).floatValue());
        });
    return weights;
  }

  /** Weights in the order of the vocabulary; those beyond it belong to no token. */
  private static Map<String, Float> byToken(float[] weights, TextTokenizer tokenizer) {
    Map<String, Float> table = new HashMap<>();
    for (int id = 0; id < Math.min(weights.length, tokenizer.size()); id++) {
      if (tokenizer.token(id) != null) {
        table.put(tokenizer.token(id), weights[id]);
      }
    }
    return table;
  }

  /** The distinct terms of a query; those without a positive weight are dropped. */
  SparseVector read(TokenizedText text) {
    Map<String, Float> weights = new HashMap<>();
    for (Terms.Term term : terms.of(text)) {
      float weight = table == null ? 1 : table.getOrDefault(term.text(), 0f);
      if (weight > 0) {
        weights.put(term.text(), weight);
      }
    }
    return SparseVector.of(weights);
  }
}
