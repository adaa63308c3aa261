package io.trident.models.encoder;

import io.trident.models.api.SparseVector;
import io.trident.models.folder.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.tokenizer.TokenizedText;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads queries without inference: their distinct terms, with weights from a table (Geng et al.,
 * 2024, take the inverse document frequency) or all alike.
 */
final class SparseQueryReader {

  private final Terms terms;

  /** Null when all weigh 1. */
  private final Map<String, Float> table;

  SparseQueryReader(ModelFolder folder, ModelConfig.SparseQuery config, Terms terms) {
    this.terms = terms;
    this.table = config.reading().equals("binary") ? null : read(folder, config.file());
  }

  private static Map<String, Float> read(ModelFolder folder, String file) {
    Map<String, Float> weights = new HashMap<>();
    Map<?, ?> table = ModelConfig.readJson(folder, file, Map.class);
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

  /** The distinct terms of a query; those without a positive weight are dropped. */
  SparseVector read(TokenizedText text) {
    Map<String, Float> weights = new TreeMap<>();
    for (Terms.Term term : terms.of(text)) {
      float weight = table == null ? 1 : table.getOrDefault(term.text(), 0f);
      if (weight > 0) {
        weights.put(term.text(), weight);
      }
    }
    return SparseReader.vector(weights);
  }
}
