/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The tokens of a {@code tokenizer.json} and their ids. Thread-safe once it is made. */
final class Vocabulary {

  /** Far beyond any published vocabulary: a larger id is a slip, and would cost memory. */
  private static final int MAX_ID = 1 << 24;

  /** What BERT's vocabulary has besides text; its {@code vocab.txt} marks nothing. */
  private static final Set<String> BERT = Set.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");

  private final List<String> tokens = new ArrayList<>();
  private final Map<String, Integer> ids = new HashMap<>();
  private final BitSet special = new BitSet();

  /**
   * Reads the vocabulary.
   *
   * @throws IllegalArgumentException when it lacks one, or an id is out of range
   */
  Vocabulary(JsonNode tokenizer) {
    JsonNode vocab = tokenizer.path("model").path("vocab");
    if (vocab.isObject()) { // WordPiece, BPE
      vocab.properties().forEach(entry -> put(entry.getValue().asInt(-1), entry.getKey()));
    } else if (vocab.isArray()) { // Unigram
      for (int i = 0; i < vocab.size(); i++) {
        put(i, vocab.get(i).path(0).asText());
      }
    } else {
      throw new IllegalArgumentException("must have a [model.vocab]");
    }
    for (JsonNode added : tokenizer.path("added_tokens")) {
      int id = added.path("id").asInt(-1);
      put(id, added.path("content").asText());
      special.set(id, added.path("special").asBoolean(false));
    }
    for (String token : BERT) {
      if (ids.containsKey(token)) {
        special.set(ids.get(token));
      }
    }
  }

  private void put(int id, String token) {
    if (id < 0 || id > MAX_ID) {
      throw new IllegalArgumentException(
          "must have an id from 0 to " + MAX_ID + " for token [" + token + "], got [" + id + "]");
    }
    while (tokens.size() <= id) {
      tokens.add(null);
    }
    tokens.set(id, token.isEmpty() ? null : token);
    ids.put(token, id);
  }

  /** The token of an id, never empty; null for an id without one. */
  String token(int id) {
    return id < tokens.size() ? tokens.get(id) : null;
  }

  /** The id of a token; -1 when there is no such token. */
  int id(String token) {
    return ids.getOrDefault(token, -1);
  }

  /** One more than the largest id. */
  int size() {
    return tokens.size();
  }

  /** Whether a token is a sign for the model and not part of texts. */
  boolean isSpecial(int id) {
    return special.get(id);
  }
}
