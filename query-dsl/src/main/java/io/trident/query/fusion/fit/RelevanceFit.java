/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

import io.trident.query.fusion.FusionSettings;
import io.trident.query.fusion.RankFusion;
import io.trident.query.fusion.ScoreMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Fits the map from scores to a probability of relevance (Cosine Adapter: Rossi et al., Relevance
 * Filtering for Embedding-based Retrieval, CIKM 2024) to the first hits of judged queries: those
 * with a positive rating against all others. Queries without a relevant document count, too: they
 * show what noise scores.
 */
public final class RelevanceFit {

  private final List<String> legs;
  private final List<JudgedQuery> queries;
  private final FusionSettings settings;
  private final int folds;
  private final int[] foldOf;

  /** What is known of a hit: its fused score, and that of each leg. */
  private record Example(int query, double[] scores, boolean isRelevant) {}

  /**
   * Prepares a fit.
   *
   * @param legs the names of the legs
   * @param settings how searches will fuse
   * @param folds at least 2, and at most as many as queries
   * @param seed deals queries into folds
   */
  public RelevanceFit(
      List<String> legs, List<JudgedQuery> queries, FusionSettings settings, int folds, long seed) {
    this.legs = List.copyOf(legs);
    this.queries = List.copyOf(queries);
    this.settings = settings;
    this.folds = folds;
    this.foldOf = FusionFit.dealt(queries.size(), folds, seed);
  }

  /** Fits, in the calling thread; each hit's probability is by a map not fitted to its query. */
  public RelevanceResult run() {
    List<Example> examples = new ArrayList<>();
    for (int query = 0; query < queries.size(); query++) {
      examples.addAll(examples(query));
    }
    long relevant = examples.stream().filter(Example::isRelevant).count();
    if (relevant == 0 || relevant == examples.size()) {
      throw new IllegalArgumentException(
          "a fit of [min_relevance] must have judgments of hits that are relevant and of hits that"
              + " are not, got ["
              + relevant
              + "] relevant ones of ["
              + examples.size()
              + "]");
    }
    List<RelevanceResult.Hit> hits = new ArrayList<>();
    for (int fold = 0; fold < folds; fold++) {
      int number = fold;
      double[] factors = factors(examples, query -> foldOf[query] != number);
      examples.stream()
          .filter(example -> foldOf[example.query] == number)
          .map(
              example ->
                  new RelevanceResult.Hit(
                      example.query,
                      LogisticRegression.probability(factors, example.scores),
                      example.scores[0],
                      example.isRelevant))
          .forEach(hits::add);
    }
    return new RelevanceResult(map(factors(examples, query -> true)), hits, answerable());
  }

  /** The numbers of the queries that have a relevant document. */
  private List<Boolean> answerable() {
    return queries.stream().map(query -> query.ratings().ideal() > 0).toList();
  }

  private static double[] factors(List<Example> examples, IntPredicate training) {
    List<Example> some = examples.stream().filter(example -> training.test(example.query)).toList();
    boolean[] labels = new boolean[some.size()];
    IntStream.range(0, labels.length).forEach(i -> labels[i] = some.get(i).isRelevant);
    return LogisticRegression.fit(
        some.stream().map(Example::scores).toArray(double[][]::new), labels);
  }

  private ScoreMap map(double[] factors) {
    Map<String, Float> byLeg = new TreeMap<>();
    for (int leg = 0; leg < legs.size(); leg++) {
      byLeg.put(legs.get(leg), (float) factors[leg + 2]);
    }
    return new ScoreMap((float) factors[0], (float) factors[1], byLeg);
  }

  private List<Example> examples(int query) {
    JudgedQuery judged = queries.get(query);
    List<Map<Object, Float>> windows =
        judged.windows(settings.window()).stream()
            .map(
                leg ->
                    leg.stream()
                        .collect(
                            Collectors.<RankFusion.Scored, Object, Float>toMap(
                                RankFusion.Scored::key, RankFusion.Scored::score)))
            .toList();
    List<Example> examples = new ArrayList<>();
    for (RankFusion.Scored hit : judged.ranking(settings, Ndcg.DEPTH)) {
      double[] scores = new double[windows.size() + 1];
      scores[0] = hit.score();
      for (int leg = 0; leg < windows.size(); leg++) {
        scores[leg + 1] = windows.get(leg).getOrDefault(hit.key(), 0f);
      }
      examples.add(new Example(query, scores, judged.ratings().gain(hit.key()) > 0));
    }
    return examples;
  }
}
