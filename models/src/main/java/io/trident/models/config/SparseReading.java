/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import java.util.Locale;

/** How a sparse vector is read from a graph's output. */
public enum SparseReading {
  /**
   * [batch, tokens, vocabulary]: the saturated logits above 0, the largest over the tokens of each.
   */
  MAX_LOGITS,
  /** The same, with their sum over the tokens. */
  SUM_LOGITS,
  /** [batch, tokens] or [batch, tokens, 1]: those above 0, the largest of equal tokens. */
  TOKEN_WEIGHTS,
  /** The same, with the weight of a word's first piece for the whole word. */
  WORD_WEIGHTS,
  /** [batch, vocabulary]: pooled in the graph. */
  VOCABULARY,
  /** [batch, width]: each column a token named by its number. */
  DIMENSIONS,
  /** The same, of the values that an autoencoder gives for a dense vector. */
  AUTOENCODER;

  /** What has weights. Vectors of different ones have nothing in common. */
  enum Terms {
    TOKENS,
    WORDS,
    DIMENSIONS;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What has weights. */
  Terms terms() {
    return switch (this) {
      case MAX_LOGITS, SUM_LOGITS, TOKEN_WEIGHTS, VOCABULARY -> Terms.TOKENS;
      case WORD_WEIGHTS -> Terms.WORDS;
      case DIMENSIONS, AUTOENCODER -> Terms.DIMENSIONS;
    };
  }

  /** Whether weights belong to what the tokenizer finds in a text. */
  public boolean namesTokens() {
    return terms() != Terms.DIMENSIONS;
  }

  /** The name in JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
