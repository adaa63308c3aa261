/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.rerank;

import java.text.BreakIterator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Chooses the passages of texts that a model scores: those with the most of the query's words, so
 * that it reads a few of a long text (query-weighted extraction: Zou et al., KDD 2021). A word
 * weighs the more, the fewer of all passages have it, and half as much where a passage that was
 * chosen before has it. Immutable.
 */
final class PassageChoice {

  private static final double COVERED = 0.5;

  private final Map<String, Double> weights = new HashMap<>();
  private final int count;

  /**
   * Weighs the words of a query.
   *
   * @param passages those of all texts
   * @param count how many of a text are chosen at most, 1 or more
   */
  PassageChoice(String query, List<List<String>> passages, int count) {
    this.count = count;
    Map<String, Integer> having = new HashMap<>();
    words(query).forEach(word -> having.put(word, 0));
    int all = 0;
    for (List<String> ofText : passages) {
      all += ofText.size();
      for (String passage : ofText) {
        words(passage).forEach(word -> having.computeIfPresent(word, (key, n) -> n + 1));
      }
    }
    int total = all;
    having.forEach((word, n) -> weights.put(word, Math.log1p((total - n + 0.5) / (n + 0.5))));
  }

  /** Those of a text's passages that are chosen, in the order of the text. */
  List<String> of(List<String> passages) {
    List<Set<String>> words = passages.stream().map(this::weighed).toList();
    Set<String> covered = new HashSet<>();
    Set<Integer> chosen = new TreeSet<>();
    while (chosen.size() < Math.min(count, passages.size())) {
      int best = -1;
      double most = -1;
      for (int i = 0; i < words.size(); i++) {
        double weight = weight(words.get(i), covered);
        if (weight > most && chosen.contains(i) == false) {
          best = i;
          most = weight;
        }
      }
      chosen.add(best);
      covered.addAll(words.get(best));
    }
    return chosen.stream().map(passages::get).toList();
  }

  private double weight(Set<String> words, Set<String> covered) {
    return words.stream()
        .mapToDouble(word -> weights.get(word) * (covered.contains(word) ? COVERED : 1))
        .sum();
  }

  /** The words of the query that a passage has. */
  private Set<String> weighed(String passage) {
    Set<String> words = words(passage);
    words.retainAll(weights.keySet());
    return words;
  }

  private static Set<String> words(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    BreakIterator breaks = BreakIterator.getWordInstance(Locale.ROOT);
    breaks.setText(lower);
    Set<String> words = new TreeSet<>();
    for (int start = breaks.first(), end = breaks.next();
        end != BreakIterator.DONE;
        start = end, end = breaks.next()) {
      if (Character.isLetterOrDigit(lower.codePointAt(start))) {
        words.add(lower.substring(start, end));
      }
    }
    return words;
  }
}
