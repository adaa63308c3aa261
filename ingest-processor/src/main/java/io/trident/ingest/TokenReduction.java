/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.TokenVectors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Leaves a text fewer token vectors than its model gave, in this order: vectors of zeros, which no
 * field holds, and words are left out, the pieces of a word become one vector, then all that the
 * text says of the word (ColBERTer: Hofstätter et al., CIKM 2022), and vectors that are alike
 * become one (token pooling: Clavié et al., 2024; to a fixed number as in CRISP). Several vectors
 * become their mean. A text keeps at least one vector that is not of zeros. Immutable.
 *
 * @param skipPunctuation whether tokens without a letter or digit are left out
 * @param skipWords words, in lower case, that are left out
 * @param mergeWords which vectors of words become one
 * @param poolFactor how many tokens become one vector on average, 1 or more; 1
 * @param maxVectors the most vectors that are left, 1 or more; 32,767
 */
public record TokenReduction(
    boolean skipPunctuation,
    SortedSet<String> skipWords,
    WordMerging mergeWords,
    double poolFactor,
    int maxVectors) {

  /** What leaves everything as it is but vectors of zeros. */
  public static final TokenReduction NONE =
      of(false, List.of(), WordMerging.NONE, 1, Short.MAX_VALUE);

  public TokenReduction {
    if (poolFactor >= 1 == false || maxVectors < 1) {
      throw new IllegalArgumentException(
          "a pool factor and the most vectors must be at least [1], got ["
              + poolFactor
              + "] and ["
              + maxVectors
              + "]");
    }
  }

  /** Makes a reduction; words may be in any case. */
  public static TokenReduction of(
      boolean skipPunctuation,
      Collection<String> skipWords,
      WordMerging mergeWords,
      double poolFactor,
      int maxVectors) {
    SortedSet<String> words = new TreeSet<>();
    skipWords.forEach(word -> words.add(word.toLowerCase(Locale.ROOT)));
    return new TokenReduction(
        skipPunctuation,
        Collections.unmodifiableSortedSet(words),
        mergeWords,
        poolFactor,
        maxVectors);
  }

  /**
   * Reduces the vectors of a text.
   *
   * @param text what the vectors were made of
   * @param given the vectors
   */
  public TokenVectors reduce(String text, TokenVectors given) {
    TokenVectors tokens = withoutZeros(given);
    if (tokens.count() == 0) {
      return tokens;
    }
    List<int[]> words = new ArrayList<>();
    for (int[] word : words(text, tokens)) {
      int end = tokens.ends()[word[word.length - 1]];
      if (isSkipped(text.substring(tokens.starts()[word[0]], end)) == false) {
        words.add(word);
      }
    }
    if (words.isEmpty()) {
      words = words(text, tokens);
    }
    TokenVectors merged = merged(tokens, mergeWords == WordMerging.NONE ? pieces(words) : words);
    if (mergeWords == WordMerging.UNIQUE) {
      merged = merged(merged, occurrences(text, merged));
    }
    return pooled(merged);
  }

  /** Vectors of no text: without those of zeros, and with alike ones made one. */
  TokenVectors pool(TokenVectors given) {
    return pooled(withoutZeros(given));
  }

  private TokenVectors pooled(TokenVectors tokens) {
    int most = (int) Math.min(maxVectors, Math.ceil(tokens.count() / poolFactor));
    return tokens.count() <= most ? tokens : merge(tokens, TokenPooling.pool(tokens, most));
  }

  /** Whether vectors stay in the order of the text, each with what stands at one place of it. */
  boolean keepsOrder() {
    return mergeWords != WordMerging.UNIQUE && poolFactor == 1 && maxVectors == Short.MAX_VALUE;
  }

  private static TokenVectors withoutZeros(TokenVectors tokens) {
    return merged(
        tokens,
        IntStream.range(0, tokens.count())
            .filter(token -> squaredLength(tokens, token) > 0)
            .mapToObj(token -> new int[] {token})
            .toList());
  }

  /** As cosine similarity takes it: what is too small for a float is 0. */
  private static float squaredLength(TokenVectors tokens, int token) {
    float square = 0;
    int end = (token + 1) * tokens.dimension();
    for (int i = token * tokens.dimension(); i < end; i++) {
      square += tokens.values()[i] * tokens.values()[i];
    }
    return square;
  }

  /** The groups of vectors that are of one word, in the order of their first ones. */
  private static List<int[]> occurrences(String text, TokenVectors words) {
    Map<Object, List<Integer>> groups = new LinkedHashMap<>();
    for (int i = 0; i < words.count(); i++) {
      String word = text.substring(words.starts()[i], words.ends()[i]).toLowerCase(Locale.ROOT);
      Object key = word.isEmpty() ? i : word; // a marker stands for no part of the text
      groups.computeIfAbsent(key, first -> new ArrayList<>()).add(i);
    }
    return groups.values().stream()
        .map(group -> group.stream().mapToInt(Integer::intValue).toArray())
        .toList();
  }

  private static TokenVectors merged(TokenVectors tokens, List<int[]> groups) {
    return groups.size() == tokens.count() ? tokens : merge(tokens, groups);
  }

  /** A marker stands for no part of the text and is never left out. */
  private boolean isSkipped(String word) {
    boolean punctuation =
        skipPunctuation
            && word.isEmpty() == false
            && word.codePoints().noneMatch(Character::isLetterOrDigit);
    return punctuation || skipWords.contains(word.toLowerCase(Locale.ROOT));
  }

  private static List<int[]> pieces(List<int[]> words) {
    return words.stream()
        .flatMapToInt(Arrays::stream)
        .mapToObj(token -> new int[] {token})
        .toList();
  }

  /** The tokens of each word, in the order of the text. */
  private static List<int[]> words(String text, TokenVectors tokens) {
    List<int[]> words = new ArrayList<>();
    for (int from = 0, to; from < tokens.count(); from = to) {
      to = from + 1;
      while (to < tokens.count() && isOneWord(text, tokens, to)) {
        to++;
      }
      words.add(IntStream.range(from, to).toArray());
    }
    return words;
  }

  /** Whether a token goes on where the one before ends, inside of a word. */
  private static boolean isOneWord(String text, TokenVectors tokens, int token) {
    int at = tokens.starts()[token];
    return at > tokens.starts()[token - 1]
        && at == tokens.ends()[token - 1]
        && isPartOfWord(text.codePointBefore(at))
        && isPartOfWord(text.codePointAt(at));
  }

  /** A character of a script without blanks is a word by itself. */
  private static boolean isPartOfWord(int codePoint) {
    return Character.isLetterOrDigit(codePoint) && Character.isIdeographic(codePoint) == false;
  }

  /**
   * One vector a group of tokens: their mean, with the id of the token that is nearest to it. It
   * stands for the whole stretch of text of tokens that follow each other, else for that token.
   */
  private static TokenVectors merge(TokenVectors tokens, List<int[]> groups) {
    int dimension = tokens.dimension();
    float[] values = new float[groups.size() * dimension];
    int[] ids = new int[groups.size()];
    int[] starts = new int[groups.size()];
    int[] ends = new int[groups.size()];
    for (int g = 0; g < ids.length; g++) {
      int[] group = groups.get(g);
      float[] mean = mean(tokens, group);
      System.arraycopy(mean, 0, values, g * dimension, dimension);
      int nearest = nearest(tokens, group, mean);
      ids[g] = tokens.tokenIds()[nearest];
      boolean stretch = isStretch(tokens, group);
      starts[g] = tokens.starts()[stretch ? group[0] : nearest];
      ends[g] = tokens.ends()[stretch ? group[group.length - 1] : nearest];
    }
    return new TokenVectors(dimension, values, ids, starts, ends);
  }

  private static boolean isStretch(TokenVectors tokens, int[] group) {
    for (int i = 1; i < group.length; i++) {
      if (tokens.starts()[group[i]] != tokens.ends()[group[i - 1]]) {
        return false;
      }
    }
    return true;
  }

  /** The mean; the first vector where vectors cancel each other out. */
  private static float[] mean(TokenVectors tokens, int[] group) {
    int dimension = tokens.dimension();
    float[] mean = new float[dimension];
    double square = 0;
    for (int d = 0; d < dimension; d++) {
      double sum = 0;
      for (int token : group) {
        sum += tokens.values()[token * dimension + d];
      }
      mean[d] = (float) (sum / group.length);
      square += mean[d] * mean[d];
    }
    int first = group[0] * dimension;
    return (float) square > 0
        ? mean
        : Arrays.copyOfRange(tokens.values(), first, first + dimension);
  }

  private static int nearest(TokenVectors tokens, int[] group, float[] mean) {
    int nearest = group[0];
    double largest = Double.NEGATIVE_INFINITY;
    for (int token : group) {
      double dot = 0;
      for (int d = 0; d < mean.length; d++) {
        dot += (double) mean[d] * tokens.values()[token * mean.length + d];
      }
      if (dot > largest) {
        largest = dot;
        nearest = token;
      }
    }
    return nearest;
  }
}
