/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

/**
 * How queries are predicted for a text (doc2query: Nogueira et al., 2019; sampled as docTTTTTquery
 * does).
 *
 * @param queries how many, 1 to 100
 * @param maxTokens tokens of a query at most, 1 to 512
 * @param topK each token is drawn from so many likeliest, by their probabilities; with 1, the
 *     likeliest is taken, and all queries of a text are the same
 * @param seed the same gives the same queries of the same text, whatever other texts come with it
 */
public record QueryPrediction(int queries, int maxTokens, int topK, long seed) {

  /** Ten queries of up to 64 tokens, drawn from the 10 likeliest. */
  public static final QueryPrediction DEFAULT = new QueryPrediction(10, 64, 10, 0);

  public QueryPrediction {
    within("queries", queries, 100);
    within("max_tokens", maxTokens, 512);
    within("top_k", topK, 1_000);
  }

  private static void within(String key, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          "[" + key + "] must be from 1 to " + most + ", got [" + value + "]");
    }
  }
}
