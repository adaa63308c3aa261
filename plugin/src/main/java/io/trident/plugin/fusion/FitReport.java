/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import io.trident.query.fusion.FusionProfile;
import io.trident.query.fusion.FusionSettings;
import io.trident.query.fusion.fit.FitResult;
import io.trident.query.fusion.fit.JudgedQuery;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a fit says of its result.
 *
 * @param legs the names of the legs
 */
record FitReport(List<String> legs, FitResult result) {

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

  private Map<String, Object> side(double value, FusionSettings settings) {
    Map<String, Object> side = new LinkedHashMap<>();
    side.put("value", value);
    side.put("settings", new FusionProfile(legs, settings).toMap());
    return side;
  }
}
