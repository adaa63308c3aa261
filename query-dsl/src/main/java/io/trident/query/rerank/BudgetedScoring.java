/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.rerank;

import io.trident.query.lucene.BudgetedRounds;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Scores hits by a model in {@link BudgetedRounds}. Without a budget all hits are one round. For
 * one use; not thread-safe.
 */
final class BudgetedScoring {

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
    return score(texts.size()).thenApply(none -> best);
  }

  /**
   * The scores of as many hits, from the first on, as there is time for.
   *
   * @param end when the last round should be over, by the clock
   */
  CompletionStage<float[]> until(long end) {
    return round(new BudgetedRounds(texts.size(), end, clock));
  }

  private CompletionStage<float[]> round(BudgetedRounds rounds) {
    int hits = rounds.next();
    return hits == 0
        ? CompletableFuture.completedFuture(Arrays.copyOf(best, scored))
        : score(hits).thenCompose(none -> round(rounds));
  }

  private CompletionStage<Void> score(int hits) {
    List<List<String>> some = texts.subList(scored, scored + hits);
    return model
        .apply(some.stream().flatMap(List::stream).toList())
        .thenAccept(scores -> take(some, scores));
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
