/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The words that occur with a word more often than by chance: the up to 25 of largest normalised
 * pointwise mutual information above 0.12. Words that are in every fifth document or more have
 * none.
 */
final class Relatedness {

  private static final int MOST = 25;
  private static final int MIN_TOGETHER = 5;
  private static final double MIN_INFORMATION = 0.12;
  private static final double MIN_INVERSE_FREQUENCY = 1.5;

  private final int[][] tokens;
  private final float[][] strengths;

  private record Related(int token, double strength) {}

  /** Counts together what documents have. */
  Relatedness(Vocabulary vocabulary, List<Counts> documents) {
    int size = vocabulary.size();
    tokens = new int[size][];
    strengths = new float[size][];
    boolean[] telling = new boolean[size];
    for (int token = 0; token < size; token++) {
      telling[token] = vocabulary.inverseFrequency(token) > MIN_INVERSE_FREQUENCY;
    }
    int[][] lists = lists(vocabulary, documents);
    int[] together = new int[size];
    for (int token = 0; token < size; token++) {
      List<Related> related = new ArrayList<>();
      if (telling[token]) {
        count(lists[token], documents, together, 1);
        for (int other = 0; other < size; other++) {
          if (telling[other] && other != token && together[other] >= MIN_TOGETHER) {
            double strength = strength(vocabulary, token, other, together[other]);
            if (strength > MIN_INFORMATION) {
              related.add(new Related(other, strength));
            }
          }
        }
        count(lists[token], documents, together, 0);
      }
      keep(token, related);
    }
  }

  private static int[][] lists(Vocabulary vocabulary, List<Counts> documents) {
    int[][] lists = new int[vocabulary.size()][];
    int[] filled = new int[lists.length];
    for (int token = 0; token < lists.length; token++) {
      lists[token] = new int[vocabulary.frequency(token)];
    }
    for (int document = 0; document < documents.size(); document++) {
      for (int token : documents.get(document).tokens()) {
        lists[token][filled[token]++] = document;
      }
    }
    return lists;
  }

  /** Counts the words of a word's documents, or with a step of 0 clears what was counted. */
  private static void count(int[] list, List<Counts> documents, int[] together, int step) {
    for (int document : list) {
      for (int token : documents.get(document).tokens()) {
        together[token] = step == 0 ? 0 : together[token] + step;
      }
    }
  }

  private static double strength(Vocabulary vocabulary, int one, int other, int together) {
    double documents = vocabulary.documents();
    double expected = (double) vocabulary.frequency(one) * vocabulary.frequency(other) / documents;
    return Math.log(together / expected) / -Math.log(together / documents);
  }

  private void keep(int token, List<Related> related) {
    related.sort(
        Comparator.comparingDouble(Related::strength).reversed().thenComparing(Related::token));
    int kept = Math.min(MOST, related.size());
    tokens[token] = new int[kept];
    strengths[token] = new float[kept];
    for (int i = 0; i < kept; i++) {
      tokens[token][i] = related.get(i).token();
      strengths[token][i] = (float) related.get(i).strength();
    }
  }

  /** The words related to a word, the strongest first. */
  int[] tokens(int token) {
    return tokens[token];
  }

  /** How strongly each is related. */
  float[] strengths(int token) {
    return strengths[token];
  }
}
