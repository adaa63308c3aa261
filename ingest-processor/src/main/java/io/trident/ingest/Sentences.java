/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.TokenVectors;
import java.text.BreakIterator;
import java.util.Locale;
import java.util.stream.IntStream;

/** Finds which token vectors of a text are of one sentence. Stateless. */
final class Sentences {

  private Sentences() {}

  /**
   * The number of the first vector of each sentence, ascending from 0; none without vectors. What
   * stands for no part of the text, a marker, is of the sentence before it, or of the first.
   *
   * @param tokens in the order of the text
   */
  static int[] starts(String text, TokenVectors tokens) {
    BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
    sentences.setText(text);
    IntStream.Builder starts = IntStream.builder();
    int end = 0;
    for (int token = 0; token < tokens.count(); token++) {
      int start = tokens.starts()[token];
      boolean begins = start >= end && tokens.ends()[token] > start;
      if (token == 0 || (begins && end > 0)) {
        starts.add(token);
      }
      end = begins ? sentences.following(start) : end;
    }
    return starts.build().toArray();
  }
}
