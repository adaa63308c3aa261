/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import io.trident.benchmarks.collection.Passage;
import io.trident.benchmarks.collection.TextCollection;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** The words of a corpus that are neither too rare nor too many, the most frequent first. */
final class Vocabulary {

  private static final Pattern WORD = Pattern.compile("[a-z0-9]+");
  private static final int MIN_DOCUMENTS = 8;
  private static final int MAX_WORDS = 30_000;

  private final Map<String, Integer> ids = new HashMap<>();
  private final int[] frequencies;
  private final int documents;

  private Vocabulary(List<Map.Entry<String, Integer>> words, int documents) {
    this.documents = documents;
    frequencies = new int[words.size()];
    for (Map.Entry<String, Integer> word : words) {
      frequencies[ids.size()] = word.getValue();
      ids.put(word.getKey(), ids.size());
    }
  }

  /** Counts the words of a corpus. */
  static Vocabulary of(TextCollection corpus) throws IOException {
    Map<String, Integer> counts = new HashMap<>();
    int[] documents = new int[1];
    corpus.passages(
        Long.MAX_VALUE,
        passage -> {
          documents[0]++;
          new HashSet<>(words(text(passage))).forEach(word -> counts.merge(word, 1, Integer::sum));
        });
    Comparator<Map.Entry<String, Integer>> order =
        Map.Entry.<String, Integer>comparingByValue().reversed();
    return new Vocabulary(
        counts.entrySet().stream()
            .filter(entry -> entry.getValue() >= MIN_DOCUMENTS)
            .sorted(order.thenComparing(Map.Entry.comparingByKey()))
            .limit(MAX_WORDS)
            .toList(),
        documents[0]);
  }

  /** The words of a text, in order, lower-cased. */
  static List<String> words(String text) {
    return WORD.matcher(text.toLowerCase(Locale.ROOT))
        .results()
        .map(match -> match.group())
        .toList();
  }

  /** What of a document is indexed. */
  static String text(Passage passage) {
    return passage.title() + " " + passage.text();
  }

  /** The ids of the words that are in the vocabulary, in order, repetitions included. */
  int[] tokens(String text) {
    return words(text).stream()
        .map(ids::get)
        .filter(id -> id != null)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** How many words there are. */
  int size() {
    return frequencies.length;
  }

  /** How many documents were counted. */
  int documents() {
    return documents;
  }

  /** How many documents have a word. */
  int frequency(int token) {
    return frequencies[token];
  }

  /** How telling a word is: BM25's logarithm of the inverse document frequency. */
  double inverseFrequency(int token) {
    int frequency = frequencies[token];
    return Math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5));
  }
}
