/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import io.trident.models.api.Encoding;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.api.TokenVectors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Vectors that a model gives the texts of another data set. Sparse vectors have a number for each
 * term in the order in which terms were met, so that documents must be read before queries, by one
 * program. A query of token vectors is encoded from the text of a document, of which there are
 * enough tokens. Not thread-safe.
 */
public final class ModelVectors implements DataSet {

  private final DataSet texts;
  private final TextEncoder encoder;
  private final Set<Representation> wanted;
  private final int documentTokens;
  private final int queryTokens;
  private final Map<String, Integer> terms = new HashMap<>();

  /**
   * Encodes what a data set has.
   *
   * @param texts gives texts, and keeps what is not wanted
   * @param documentTokens vectors per document at most
   * @param queryTokens vectors per query at most
   */
  public ModelVectors(
      DataSet texts,
      TextEncoder encoder,
      Set<Representation> wanted,
      int documentTokens,
      int queryTokens) {
    this.texts = texts;
    this.encoder = encoder;
    this.wanted = Set.copyOf(wanted);
    this.documentTokens = documentTokens;
    this.queryTokens = queryTokens;
  }

  @Override
  public String name() {
    return texts.name() + " " + encoder.model() + " " + documentTokens + " " + queryTokens;
  }

  @Override
  public int documents(int limit, Consumer consumer) throws IOException {
    List<Item> batch = new ArrayList<>();
    int[] done = new int[1];
    int count =
        texts.documents(
            limit,
            (number, document) -> {
              batch.add(document);
              if (batch.size() == TextEncoder.BATCH) {
                done[0] = accept(batch, done[0], consumer);
              }
            });
    accept(batch, done[0], consumer);
    return count;
  }

  private int accept(List<Item> batch, int from, Consumer consumer) throws IOException {
    int number = from;
    for (Item item : encode(batch, Side.DOCUMENT, documentTokens)) {
      consumer.accept(number++, item);
    }
    batch.clear();
    return number;
  }

  @Override
  public List<Item> queries(boolean expanded, int limit, int documents) throws IOException {
    List<Item> queries = texts.queries(expanded, limit, documents);
    if (wanted.contains(Representation.TOKENS)) {
      List<String> bodies = new ArrayList<>();
      texts.documents(queries.size(), (number, document) -> bodies.add(document.text()));
      queries = queries.stream().map(query -> query.withText(bodies.removeFirst())).toList();
    }
    List<Item> encoded = new ArrayList<>();
    for (int from = 0; from < queries.size(); from += TextEncoder.BATCH) {
      int to = Math.min(queries.size(), from + TextEncoder.BATCH);
      encoded.addAll(encode(queries.subList(from, to), Side.QUERY, queryTokens));
    }
    return encoded;
  }

  private List<Item> encode(List<Item> items, Side side, int maxTokens) throws IOException {
    List<Encoding> encodings =
        encoder.encode(items.stream().map(Item::text).toList(), side, wanted);
    List<Item> encoded = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      Encoding encoding = encodings.get(i);
      Item item = items.get(i);
      item = encoding.sparse() == null ? item : item.withSparse(numbered(encoding.sparse()));
      item = encoding.dense() == null ? item : item.withDense(encoding.dense());
      encoded.add(
          encoding.tokens() == null ? item : item.withTokens(first(encoding.tokens(), maxTokens)));
    }
    return encoded;
  }

  private SparseVector numbered(io.trident.models.api.SparseVector vector) {
    Map<Integer, Float> weights = new TreeMap<>();
    for (int i = 0; i < vector.size(); i++) {
      int term = terms.computeIfAbsent(vector.tokens().get(i), token -> terms.size());
      weights.put(term, vector.weight(i));
    }
    float[] sorted = new float[weights.size()];
    int i = 0;
    for (float weight : weights.values()) {
      sorted[i++] = weight;
    }
    return new SparseVector(weights.keySet().stream().mapToInt(term -> term).toArray(), sorted);
  }

  private static Tokens first(TokenVectors tokens, int most) {
    int dimension = tokens.dimension();
    float[][] vectors = new float[Math.min(most, tokens.values().length / dimension)][];
    Arrays.setAll(
        vectors, t -> Arrays.copyOfRange(tokens.values(), t * dimension, (t + 1) * dimension));
    return new Tokens(Arrays.copyOf(tokens.tokenIds(), vectors.length), vectors);
  }
}
