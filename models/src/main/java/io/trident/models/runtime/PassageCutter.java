/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import io.trident.models.api.Passage;
import io.trident.models.encoder.OnnxModel;
import io.trident.models.encoder.RunListener;
import io.trident.models.tokenizer.TextTokenizer;
import io.trident.models.tokenizer.TokenizedText;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Cuts texts into overlapping passages by the tokens of a model.
 *
 * @param maxTokens tokens per passage at most; fewer where the model reads fewer
 * @param overlap tokens that a passage shares with the one before, less than half of those
 */
record PassageCutter(int maxTokens, int overlap) {

  /** The passages of each text; none for a text that is no longer wanted. */
  List<List<Passage>> cut(OnnxModel model, List<String> texts, RunListener listener) {
    int room = model.documentRoom();
    return IntStream.range(0, texts.size())
        .mapToObj(
            i ->
                listener.wants(i) ? cut(model.tokenizer(), texts.get(i), room) : List.<Passage>of())
        .toList();
  }

  private List<Passage> cut(TextTokenizer tokenizer, String text, int room) {
    TokenizedText tokens = tokenizer.tokenize(text);
    List<Passage> passages = new ArrayList<>();
    int start = 0;
    while (start < tokens.length()) {
      int end = Math.min(start + Math.min(maxTokens, room), tokens.length());
      if (maxTokens >= room) {
        end = fitted(tokenizer, text, tokens, start, end, room);
      }
      passages.add(new Passage(tokens.starts()[start], tokens.ends()[end - 1]));
      if (end == tokens.length()) {
        break;
      }
      start = end - Math.min(overlap, (end - start - 1) / 2);
    }
    return List.copyOf(passages);
  }

  /**
   * Where a passage ends so that the model reads all of it: a passage that begins inside of a word
   * may have more tokens by itself than it has in its text.
   */
  private static int fitted(
      TextTokenizer tokenizer, String text, TokenizedText tokens, int start, int end, int room) {
    int fitted = end;
    while (fitted > start + 1
        && tokenizer
                .tokenize(text.substring(tokens.starts()[start], tokens.ends()[fitted - 1]))
                .length()
            > room) {
      fitted--;
    }
    return fitted;
  }
}
