/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

import io.trident.query.fusion.DocKey;
import io.trident.query.fusion.FusionSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Fits the share that a fusion has when a cross-encoder reranks its top, after the settings of the
 * fusion were fitted without one. Each query is ranked with the settings of its fold, which were
 * not fitted to it, so that the share is fitted to rankings such as those of queries that are not
 * judged (stacking: Wolpert, Neural Networks 1992); and it is reranked with a share that was fitted
 * to the other folds.
 */
public final class ShareFit {

  /** The shares that are tried, in hundredths. */
  private static final int[] PERCENT = {0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100};

  private final List<JudgedQuery> queries;
  private final FitResult fused;
  private final int window;

  /**
   * Prepares a fit.
   *
   * @param fused what was fitted to the queries without reranking
   * @param window how many documents are reranked
   */
  public ShareFit(List<JudgedQuery> queries, FitResult fused, int window) {
    this.queries = List.copyOf(queries);
    this.fused = fused;
    this.window = window;
  }

  /** The documents of a query that the cross-encoder must score: the top by both settings. */
  public Collection<DocKey> documents(int query) {
    Set<DocKey> documents = new LinkedHashSet<>();
    for (FusionSettings settings : List.of(fused.present(), outside(query))) {
      queries.get(query).ranking(settings, window).forEach(hit -> documents.add(hit.key()));
    }
    return documents;
  }

  /** The settings that were not fitted to a query. */
  private FusionSettings outside(int query) {
    return fused.folds().get(fused.foldOf().get(query));
  }

  /**
   * Fits, in the calling thread.
   *
   * @param scores those that the cross-encoder gave the documents of each query
   * @param present the share that the fitted one is compared with
   */
  public FitResult run(List<Map<DocKey, Float>> scores, float present) {
    double[] presentValues = new double[queries.size()];
    List<Float> shares = shares(present);
    double[][] values = new double[shares.size()][queries.size()];
    for (int query = 0; query < presentValues.length; query++) {
      presentValues[query] = reranked(query, fused.present(), scores).ndcg(present);
      RerankedQuery other = reranked(query, outside(query), scores);
      for (int share = 0; share < values.length; share++) {
        values[share][query] = other.ndcg(shares.get(share));
      }
    }
    List<FusionSettings> folds = new ArrayList<>();
    double[] fittedValues = new double[presentValues.length];
    for (int fold = 0; fold < fused.folds().size(); fold++) {
      int number = fold;
      int best = best(values, query -> fused.foldOf().get(query) != number);
      folds.add(fused.folds().get(fold).withFirstStageWeight(shares.get(best)));
      for (int query = 0; query < fittedValues.length; query++) {
        fittedValues[query] =
            fused.foldOf().get(query) == fold ? values[best][query] : fittedValues[query];
      }
    }
    int best = best(values, query -> true);
    return new FitResult(
        fused.present().withFirstStageWeight(present),
        fused.fitted().withFirstStageWeight(shares.get(best)),
        folds,
        fused.foldOf(),
        presentValues,
        fittedValues,
        mean(values[best], query -> true));
  }

  private RerankedQuery reranked(
      int query, FusionSettings settings, List<Map<DocKey, Float>> scores) {
    return new RerankedQuery(queries.get(query), settings, scores.get(query), window);
  }

  /** The present share first, which stays when all tie. */
  private static List<Float> shares(float present) {
    Set<Float> shares = new LinkedHashSet<>();
    shares.add(present);
    for (int percent : PERCENT) {
      shares.add(percent / 100f);
    }
    return List.copyOf(shares);
  }

  private static int best(double[][] values, IntPredicate training) {
    int best = 0;
    for (int share = 1; share < values.length; share++) {
      if (mean(values[share], training) > mean(values[best], training) + WeightSearch.MIN_GAIN) {
        best = share;
      }
    }
    return best;
  }

  private static double mean(double[] values, IntPredicate training) {
    return IntStream.range(0, values.length)
        .filter(training)
        .mapToDouble(query -> values[query])
        .average()
        .orElse(0);
  }
}
