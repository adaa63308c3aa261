/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import io.trident.benchmarks.collection.Passage;
import io.trident.benchmarks.collection.TextCollection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Learned sparse vectors made of a corpus without a model: saturated term frequencies times inverse
 * document frequencies, expanded by words that occur together. Beyond the size of the corpus the
 * texts come again, with words left out, weights changed, and words of another text mixed in; so
 * any number of documents is streamed while only the corpus's word counts are held. Queries are
 * titles of 4 to 12 known words, or begins of texts where there are no titles. The same at every
 * call.
 */
public final class TextVectors implements DataSet {

  private static final int DOCUMENT_EXPANSION = 90;
  private static final int QUERY_EXPANSION = 24;
  private static final float KEPT = 0.65f;
  private static final float MIXED = 0.4f;
  private static final float SPREAD = 0.3f;
  private static final float SCALE = 0.25f;
  private static final int MIN_WORDS = 4;
  private static final int MAX_WORDS = 12;
  private static final int QUERY_STEP = 7919; // a prime, so that queries come from everywhere

  private final TextCollection corpus;
  private final Vocabulary vocabulary;
  private final List<Counts> counts = new ArrayList<>();
  private final Relatedness relatedness;

  /** Counts the corpus's words, alone and together. */
  public TextVectors(TextCollection corpus) throws IOException {
    this.corpus = corpus;
    vocabulary = Vocabulary.of(corpus);
    corpus.passages(
        Long.MAX_VALUE,
        passage -> counts.add(Counts.of(vocabulary.tokens(Vocabulary.text(passage)))));
    relatedness = new Relatedness(vocabulary, counts);
  }

  @Override
  public String name() {
    return corpus.name();
  }

  @Override
  public int documents(int limit, Consumer consumer) throws IOException {
    Expansion expansion = new Expansion(relatedness, vocabulary.size());
    int[] next = new int[1];
    while (next[0] < limit && counts.isEmpty() == false) {
      corpus.passages(
          limit - next[0],
          passage -> {
            int number = next[0]++;
            weigh(expansion, number);
            SparseVector sparse = expansion.expand(DOCUMENT_EXPANSION);
            int group = number / Item.GROUP;
            consumer.accept(number, new Item(Vocabulary.text(passage), sparse, null, null, group));
          });
    }
    return next[0];
  }

  private void weigh(Expansion expansion, int number) {
    Counts text = counts.get(number % counts.size());
    if (number < counts.size()) {
      for (int i = 0; i < text.tokens().length; i++) {
        expansion.add(text.tokens()[i], weight(text, i));
      }
      return;
    }
    SplittableRandom random = new SplittableRandom(number);
    for (int i = 0; i < text.tokens().length; i++) {
      if (random.nextFloat() < KEPT) {
        float change = (float) Math.exp(SPREAD * random.nextGaussian());
        expansion.add(text.tokens()[i], change * weight(text, i));
      }
    }
    Counts other = counts.get(random.nextInt(counts.size()));
    for (int i = 0; i < other.tokens().length; i++) {
      if (random.nextFloat() < MIXED) {
        expansion.add(other.tokens()[i], weight(other, i));
      }
    }
  }

  private float weight(Counts text, int i) {
    double count = text.counts()[i];
    double inverse = vocabulary.inverseFrequency(text.tokens()[i]);
    return (float) (count * 2.2 / (count + 1.2) * inverse) * SCALE;
  }

  @Override
  public List<Item> queries(boolean expanded, int limit, int documents) throws IOException {
    List<String> heads = new ArrayList<>();
    corpus.passages(Long.MAX_VALUE, passage -> addHead(heads, passage));
    Expansion expansion = new Expansion(relatedness, vocabulary.size());
    List<Item> queries = new ArrayList<>();
    for (int i = 0; i < Math.min(limit, heads.size()); i++) {
      String text = heads.get((int) ((long) i * QUERY_STEP % heads.size()));
      SparseVector own = query(vocabulary.tokens(text));
      for (int t = 0; expanded && t < own.tokens().length; t++) {
        expansion.add(own.tokens()[t], own.weights()[t]);
      }
      SparseVector sparse = expanded ? expansion.expand(QUERY_EXPANSION) : own;
      int group = i % Math.max(1, documents / Item.GROUP);
      queries.add(new Item(text, sparse, null, null, group));
    }
    return queries;
  }

  private void addHead(List<String> heads, Passage passage) {
    String head = passage.title();
    if (head.isBlank()) {
      List<String> words = Vocabulary.words(passage.text());
      head = String.join(" ", words.subList(0, Math.min(MAX_WORDS, words.size())));
    }
    int known = vocabulary.tokens(head).length;
    if (known >= MIN_WORDS && known <= MAX_WORDS) {
      heads.add(head);
    }
  }

  private SparseVector query(int[] words) {
    int[] tokens = Arrays.stream(words).sorted().distinct().toArray();
    float[] weights = new float[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      weights[i] = SCALE * (float) vocabulary.inverseFrequency(tokens[i]);
    }
    return new SparseVector(tokens, weights);
  }
}
