/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.models.api.Excerpt;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The tokens of a {@code tokenizer.json} and their ids. Thread-safe once it is made. */
final class Vocabulary {

  /** Published vocabularies have up to a million; each of more would cost memory. */
  static final int MAX_SIZE = 1 << 21;

  /** What BERT's vocabulary has besides text; its {@code vocab.txt} marks nothing. */
  private static final Set<String> BERT = Set.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");

  private final List<String> tokens = new ArrayList<>();
  private final Map<String, Integer> ids = new HashMap<>();
  private final BitSet special = new BitSet();

  /**
   * Takes a token.
   *
   * @throws IllegalArgumentException when its id is out of range
   */
  void put(int id, String token) {
    if (id < 0 || id >= MAX_SIZE) {
      throw new IllegalArgumentException(
          "must have an id from 0 to ["
              + (MAX_SIZE - 1)
              + "] for token ["
              + Excerpt.of(token)
              + "], got ["
              + id
              + "]");
    }
    while (tokens.size() <= id) {
      tokens.add(null);
    }
    tokens.set(id, token.isEmpty() ? null : token);
    ids.put(token, id);
    if (BERT.contains(token)) {
      special.set(id);
    }
  }

  /** Takes one of the {@code added_tokens}. */
  void add(JsonNode added) {
    int id = added.path("id").isInt() ? added.path("id").intValue() : -1;
    String token = added.path("content").asText();
    put(id, token);
    special.set(id, added.path("special").asBoolean(false) || BERT.contains(token));
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
