/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.highlight;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.opensearch.search.lookup.SourceLookup;

/**
 * The values of a field in the text that was encoded: the values of one or several fields that are
 * not blank, joined by line breaks. Not thread-safe.
 */
final class MarkedText {

  private final List<Part> parts = new ArrayList<>();

  /**
   * One value of the field.
   *
   * @param text the value
   * @param offset where it starts in the text that was encoded
   * @param marks the weights of marked words by where they start in {@code text}
   */
  record Part(String text, int offset, TreeMap<Integer, Float> marks) {}

  /**
   * Finds the values.
   *
   * @param fields the fields that were encoded together
   * @param field the one whose values are wanted
   */
  static MarkedText of(SourceLookup source, List<String> fields, String field) {
    MarkedText text = new MarkedText();
    int offset = 0;
    for (String name : fields) {
      for (Object value : source.extractRawValues(name)) {
        if (value instanceof String string && string.isBlank() == false) {
          if (name.equals(field)) {
            text.parts.add(new Part(string, offset, new TreeMap<>()));
          }
          offset += string.length() + 1;
        }
      }
    }
    return text;
  }

  List<Part> parts() {
    return parts;
  }

  /** Marks the words that a stretch of the encoded text is part of, unless it is elsewhere. */
  void mark(int start, int end, float weight) {
    for (Part part : parts) {
      int from = start - part.offset;
      int to = Math.min(end - part.offset, part.text.length());
      if (from >= 0 && from < to) {
        BreakIterator words = words(part.text);
        int word = words.isBoundary(from) ? from : words.preceding(from);
        for (; word != BreakIterator.DONE && word < to; word = words.following(word)) {
          part.marks.merge(word, weight, Math::max);
        }
      }
    }
  }

  /** The boundaries of the words of a text, as Unicode has them. */
  static BreakIterator words(String text) {
    BreakIterator words = BreakIterator.getWordInstance(Locale.ROOT);
    words.setText(text);
    return words;
  }
}
