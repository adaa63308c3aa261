/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.rerank;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Scores hits in rounds, those that come first before the others, until there is no time for
 * another. The first round has {@value #FIRST_ROUND} hits and is always run; each further one has
 * as many as the rate of the one before lets expect to end in time, and at most twice as many as
 * that one had, because a rate that few hits gave says little of many. Without a budget all hits
 * are one round. For one use; not thread-safe.
 */
final class BudgetedScoring {

  static final int FIRST_ROUND = 2;

  private final List<List<String>> texts;
  private final Function<List<String>, CompletionStage<float[]>> model;
  private final LongSupplier clock;
  private final float[] best;
  private int scored;

  /**
   * Scores nothing yet.
   *
   * @param texts those of each hit, at least one; the best of a hit counts
   * @param model gives each text a finite score
   * @param clock tells nanoseconds
   */
  BudgetedScoring(
      List<List<String>> texts,
      Function<List<String>, CompletionStage<float[]>> model,
      LongSupplier clock) {
    this.texts = texts;
    this.model = model;
    this.clock = clock;
    this.best = new float[texts.size()];
    Arrays.fill(best, Float.NEGATIVE_INFINITY);
  }

  /** The scores of all hits. */
  CompletionStage<float[]> all() {
    return round(texts.size(), Long.MAX_VALUE);
  }

  /**
   * The scores of as many hits, from the first on, as there is time for.
   *
   * @param end when the last round should be over, by the clock
   */
  CompletionStage<float[]> until(long end) {
    return round(Math.min(FIRST_ROUND, texts.size()), end);
  }

  private CompletionStage<float[]> round(int hits, long end) {
    long start = clock.getAsLong();
    List<List<String>> some = texts.subList(scored, scored + hits);
    return model
        .apply(some.stream().flatMap(List::stream).toList())
        .thenCompose(
            scores -> {
              take(some, scores);
              int next = Math.min(texts.size() - scored, room(hits, start, end));
              return next == 0
                  ? CompletableFuture.completedFuture(Arrays.copyOf(best, scored))
                  : round(next, end);
            });
  }

  /** How many hits a round may have after one. */
  private int room(int hits, long start, long end) {
    long now = clock.getAsLong();
    double nanosPerHit = Math.max(1, now - start) / (double) hits;
    return (int) Math.clamp((long) ((end - now) / nanosPerHit), 0, 2L * hits);
  }

  private void take(List<List<String>> some, float[] scores) {
    int next = 0;
    for (List<String> hit : some) {
      for (int i = 0; i < hit.size(); i++) {
        best[scored] = Math.max(best[scored], scores[next++]);
      }
      scored++;
    }
  }
}
