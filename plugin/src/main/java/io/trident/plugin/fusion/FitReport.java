/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import io.trident.query.fusion.FusionProfile;
import io.trident.query.fusion.FusionSettings;
import io.trident.query.fusion.fit.FitResult;
import io.trident.query.fusion.fit.JudgedQuery;
import io.trident.query.fusion.fit.RelevanceResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * What a fit says of its result.
 *
 * @param legs the names of the legs
 */
record FitReport(List<String> legs, FitResult result) {

  /** How a fit and its answer call the map from scores to relevance. */
  static final String MIN_RELEVANCE = "min_relevance";

  /** How many parts a curve cuts the probabilities into. */
  private static final int CURVE = 20;

  /**
   * The report, as JSON has it.
   *
   * @param judged how many queries are judged
   * @param used those that have a relevant document
   */
  Map<String, Object> toMap(int judged, List<JudgedQuery> used) {
    long answered = used.stream().filter(JudgedQuery::isAnswered).count();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("metric", "ndcg@10");
    map.put("queries", Map.of("judged", judged, "used", used.size(), "answered", answered));
    map.put("present", side(result.presentMean(), result.present()));
    Map<String, Object> fitted = side(result.fittedMean(), result.fitted());
    fitted.put("training_value", result.training());
    map.put("fitted", fitted);
    map.put("folds", result.folds().size());
    map.put("better", result.better());
    map.put("worse", result.worse());
    map.put("p_value", result.pValue());
    map.put("recommended", result.isRecommended());
    return map;
  }

  /** What is said of the map from scores to relevance. */
  static Map<String, Object> relevance(RelevanceResult result, float precision) {
    Map<String, Object> map = new LinkedHashMap<>(result.map().toMap());
    map.put("hits", result.hits().size());
    map.put("relevant", result.relevant());
    map.put("average_precision", result.averagePrecision());
    map.put("fused_average_precision", result.fusedAveragePrecision());
    RelevanceResult.Point wanted = result.withPrecision(precision);
    if (wanted != null) {
      map.put("cut", point(wanted));
      map.put(
          "empty",
          Map.of(
              "with_relevant", result.empty(wanted.probability(), true),
              "without_relevant", result.empty(wanted.probability(), false)));
    }
    map.put(
        "curve",
        IntStream.range(1, CURVE)
            .mapToObj(step -> result.at((double) step / CURVE))
            .filter(Objects::nonNull)
            .map(FitReport::point)
            .toList());
    return map;
  }

  private static Map<String, Object> point(RelevanceResult.Point point) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("probability", point.probability());
    map.put("precision", point.precision());
    map.put("recall", point.recall());
    return map;
  }

  private Map<String, Object> side(double value, FusionSettings settings) {
    Map<String, Object> side = new LinkedHashMap<>();
    side.put("value", value);
    side.put("settings", new FusionProfile(legs, settings).toMap());
    return side;
  }
}
