/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Dense and token vectors that are made of the sparse vectors of another data set, so that
 * documents that share words are near each other. The dense vector is the weighted sum of the
 * tokens' {@link TokenBasis} with some noise. The token vectors are those of the heaviest tokens,
 * each turned towards the document's sum and by noise, as context turns it in an encoder.
 */
public final class DerivedVectors implements DataSet {

  private static final int REMEMBERED = 1 << 16;
  private static final float NOISE = 0.05f;
  private static final float CONTEXT = 0.5f;
  private static final long QUERY_SEED = 1L << 40;

  private final DataSet sparse;
  private final TokenBasis dense;
  private final TokenBasis tokens;
  private final Shape shape;

  /**
   * Sizes; what has the dimension 0 is not made.
   *
   * @param dense the dimension of dense vectors
   * @param token the dimension of token vectors
   * @param documentTokens vectors per document
   * @param queryTokens vectors per query
   */
  public record Shape(int dense, int token, int documentTokens, int queryTokens) {}

  /** Derives vectors of what a data set has. */
  public DerivedVectors(DataSet sparse, Shape shape) {
    this.sparse = sparse;
    this.shape = shape;
    this.dense = new TokenBasis(shape.dense, shape.dense == 0 ? 0 : REMEMBERED);
    this.tokens = new TokenBasis(shape.token, shape.token == 0 ? 0 : REMEMBERED);
  }

  @Override
  public String name() {
    return sparse.name() + " " + shape;
  }

  @Override
  public int documents(int limit, Consumer consumer) throws IOException {
    return sparse.documents(
        limit,
        (number, document) ->
            consumer.accept(number, derive(document, number, shape.documentTokens)));
  }

  @Override
  public List<Item> queries(boolean expanded, int limit, int documents) throws IOException {
    List<Item> queries = new ArrayList<>();
    for (Item query : sparse.queries(expanded, limit, documents)) {
      queries.add(derive(query, QUERY_SEED + queries.size(), shape.queryTokens));
    }
    return queries;
  }

  private Item derive(Item item, long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    Item derived = item;
    if (shape.dense > 0) {
      derived = derived.withDense(sum(item.sparse(), dense, shape.dense, random));
    }
    if (shape.token > 0) {
      derived = derived.withTokens(tokens(item.sparse(), count, random));
    }
    return derived;
  }

  private static float[] sum(
      SparseVector vector, TokenBasis basis, int dimension, SplittableRandom random) {
    float[] sum = new float[dimension];
    for (int i = 0; i < vector.tokens().length; i++) {
      float[] direction = basis.vector(vector.tokens()[i]);
      for (int d = 0; d < dimension; d++) {
        sum[d] += vector.weights()[i] * direction[d];
      }
    }
    TokenBasis.normalize(sum);
    TokenBasis.addGaussian(sum, random, NOISE / (float) Math.sqrt(dimension));
    return TokenBasis.normalize(sum);
  }

  private Tokens tokens(SparseVector vector, int count, SplittableRandom random) {
    int[] heaviest =
        IntStream.range(0, vector.tokens().length)
            .boxed()
            .sorted((a, b) -> Float.compare(vector.weights()[b], vector.weights()[a]))
            .mapToInt(i -> vector.tokens()[i])
            .toArray();
    float[] context = sum(vector, tokens, shape.token, random);
    int[] ids = new int[count];
    float[][] vectors = new float[count][];
    for (int i = 0; i < count; i++) {
      ids[i] = heaviest[i % heaviest.length];
      float[] direction = tokens.vector(ids[i]).clone();
      for (int d = 0; d < direction.length; d++) {
        direction[d] += CONTEXT * context[d];
      }
      TokenBasis.addGaussian(direction, random, CONTEXT / (float) Math.sqrt(shape.token));
      vectors[i] = TokenBasis.normalize(direction);
    }
    return new Tokens(ids, vectors);
  }
}
