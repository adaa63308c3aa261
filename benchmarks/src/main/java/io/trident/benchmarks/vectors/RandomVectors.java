/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Sparse vectors that need no corpus: each document has the heaviest tokens of one of some topics
 * and others at random, common ones more often. The same at every call. For benchmarks that compare
 * programs with each other; whoever asks how much is pruned takes {@link TextVectors}.
 */
public final class RandomVectors implements DataSet {

  private static final int TOKENS = 30_000;
  private static final int TOPICS = 3_000;
  private static final int OF_TOPIC = 40;
  private static final int OTHERS = 100;
  private static final float MAX_WEIGHT = 3.5f; // encoders saturate
  private static final long QUERY_SEED = 1L << 40;

  @Override
  public String name() {
    return "random";
  }

  @Override
  public int documents(int limit, Consumer consumer) throws IOException {
    for (int number = 0; number < limit; number++) {
      consumer.accept(number, item(number, OF_TOPIC, OTHERS));
    }
    return limit;
  }

  @Override
  public List<Item> queries(boolean expanded, int limit, int documents) {
    List<Item> queries = new ArrayList<>();
    for (int i = 0; i < limit; i++) {
      queries.add(expanded ? item(QUERY_SEED + i, 12, 17) : item(QUERY_SEED + i, 4, 3));
    }
    return queries;
  }

  private static Item item(long seed, int ofTopic, int others) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] weights = new float[TOKENS];
    SplittableRandom topic = new SplittableRandom(random.nextInt(TOPICS));
    for (int i = 0; i < OF_TOPIC; i++) {
      int token = token(topic);
      if (random.nextInt(OF_TOPIC) < ofTopic) {
        weights[token] = 0.5f + 2 * random.nextFloat();
      }
    }
    for (int i = 0; i < others; i++) {
      int token = token(random);
      weights[token] = Math.min(MAX_WEIGHT, weights[token] + 0.1f + 0.5f * random.nextFloat());
    }
    int count = 0;
    int[] tokens = new int[TOKENS];
    for (int token = 0; token < TOKENS; token++) {
      if (weights[token] > 0) {
        tokens[count] = token;
        weights[count++] = weights[token];
      }
    }
    SparseVector vector =
        new SparseVector(Arrays.copyOf(tokens, count), Arrays.copyOf(weights, count));
    return new Item(null, vector, null, null, (int) (seed / Item.GROUP));
  }

  /** A token; the first ones more often, as words are. */
  private static int token(SplittableRandom random) {
    return (int) (TOKENS * Math.pow(random.nextDouble(), 3));
  }
}
