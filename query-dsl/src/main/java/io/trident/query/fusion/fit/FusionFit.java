/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

import io.trident.query.fusion.Combination;
import io.trident.query.fusion.FusionSettings;
import io.trident.query.fusion.Normalization;
import io.trident.query.fusion.RankFusion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Fits the weights, the normalization and the window of a fusion to judged queries. Every way of
 * fusing is tried, each with weights of its own ({@link WeightSearch}); the combination stays.
 *
 * <p>What the fitted settings are worth is measured on queries that they were not fitted to: the
 * queries are dealt into folds, and each fold is ranked with what was fitted to the others. A pure
 * function of queries, present settings and seed. Time grows with queries, documents of a window
 * and evaluated settings, which are some hundred for each way of fusing; in memory there is one way
 * of fusing at a time.
 */
public final class FusionFit {

  /** Constants of reciprocal rank fusion that are tried, beside the present one. */
  private static final int[] RANK_CONSTANTS = {10, 30, 60, 100};

  private final List<JudgedQuery> queries;
  private final FusionSettings present;
  private final List<Integer> windows;
  private final int folds;
  private final int[] foldOf;

  /**
   * Prepares a fit.
   *
   * @param queries at least as many as folds, with windows as wide as the widest of {@code windows}
   * @param present the settings that fitted ones are compared with
   * @param windows further windows to try
   * @param folds at least 2
   * @param seed deals queries into folds
   */
  public FusionFit(
      List<JudgedQuery> queries,
      FusionSettings present,
      List<Integer> windows,
      int folds,
      long seed) {
    if (folds < 2 || queries.size() < folds) {
      throw new IllegalArgumentException(
          "a fit must have at least 2 [folds] and as many queries with relevant documents, got ["
              + folds
              + "] folds and ["
              + queries.size()
              + "] queries");
    }
    this.queries = List.copyOf(queries);
    this.present = present;
    this.windows = Stream.concat(Stream.of(present.window()), windows.stream()).distinct().toList();
    this.folds = folds;
    this.foldOf = dealt(queries.size(), folds, seed);
  }

  /** Deals queries into folds of about one size. */
  static int[] dealt(int queries, int folds, long seed) {
    List<Integer> cards = new ArrayList<>();
    for (int i = 0; i < queries; i++) {
      cards.add(i % folds);
    }
    Collections.shuffle(cards, new Random(seed));
    return cards.stream().mapToInt(Integer::intValue).toArray();
  }

  /** How the fit gets on. */
  public interface Progress {

    /**
     * Called before settings are evaluated; an exception ends the fit.
     *
     * @param done ways of fusing that have been tried
     * @param all how many there are
     */
    void at(int done, int all);
  }

  /** Fits, in the calling thread. */
  public FitResult run(Progress progress) {
    List<FusionSettings> ways = ways();
    Best[] best = new Best[folds + 1];
    double[] presentValues = null;
    for (int i = 0; i < ways.size(); i++) {
      FusionSettings way = ways.get(i);
      int done = i;
      WeightSearch search = new WeightSearch(tables(way), () -> progress.at(done, ways.size()));
      if (i == 0) {
        presentValues = search.found(way.weights(), numbers(query -> true)).values();
      }
      for (int fold = 0; fold <= folds; fold++) {
        best[fold] = better(best[fold], way, search.best(way.weights(), training(fold)));
      }
    }
    return result(best, presentValues);
  }

  /** Settings and what they are worth to a training set. */
  private record Best(FusionSettings settings, WeightSearch.Found found) {}

  private static Best better(Best best, FusionSettings way, WeightSearch.Found found) {
    return best == null || found.training() > best.found.training() + WeightSearch.MIN_GAIN
        ? new Best(way.withWeights(found.weights()), found)
        : best;
  }

  /** All that is tried but for weights; the present settings first, which stay when all tie. */
  private List<FusionSettings> ways() {
    Set<FusionSettings> ways = new LinkedHashSet<>();
    ways.add(present);
    for (RankFusion fusion : fusions()) {
      windows.forEach(window -> ways.add(new FusionSettings(fusion, window, present.weights())));
    }
    return List.copyOf(ways);
  }

  private List<RankFusion> fusions() {
    RankFusion now = present.fusion();
    return now.combination() == Combination.RRF
        ? IntStream.concat(IntStream.of(now.rankConstant()), Arrays.stream(RANK_CONSTANTS))
            .mapToObj(constant -> new RankFusion(now.combination(), now.normalization(), constant))
            .toList()
        : Arrays.stream(Normalization.values())
            .map(scale -> new RankFusion(now.combination(), scale, now.rankConstant()))
            .toList();
  }

  private List<QueryTable> tables(FusionSettings way) {
    return queries.stream()
        .map(query -> new QueryTable(query, way.fusion(), way.window()))
        .toList();
  }

  /** The queries that a fold's settings are fitted to; all for one fold more than there are. */
  private int[] training(int fold) {
    return numbers(query -> foldOf[query] != fold);
  }

  private int[] numbers(IntPredicate wanted) {
    return IntStream.range(0, queries.size()).filter(wanted).toArray();
  }

  private FitResult result(Best[] best, double[] presentValues) {
    double[] crossValidated = new double[queries.size()];
    for (int query = 0; query < crossValidated.length; query++) {
      crossValidated[query] = best[foldOf[query]].found.values()[query];
    }
    return new FitResult(
        present,
        best[folds].settings,
        Arrays.stream(best).limit(folds).map(Best::settings).toList(),
        Arrays.stream(foldOf).boxed().toList(),
        presentValues,
        crossValidated,
        best[folds].found.training());
  }
}
