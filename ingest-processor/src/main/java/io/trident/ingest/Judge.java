/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.util.Map;

/**
 * A model that says what is kept.
 *
 * @param model its id
 * @param threshold what it scores below this is dropped; null to go by the share
 * @param keep the share of what it scored last that is kept, the best; null to go by the threshold
 */
record Judge(String model, Double threshold, Double keep) {

  /** Whether a score is enough, after those that were noted before. */
  boolean keeps(float score, LatestScores latest) {
    return threshold == null ? latest.isAmong(score, keep) : score >= threshold;
  }

  /**
   * Reads the options and removes what it reads.
   *
   * @param property what they are options of
   */
  static Judge read(String tag, String property, Map<String, Object> config) {
    String model = EncodeOptions.model(tag, config, "model");
    Double threshold = number(tag, property, config, "threshold");
    Double keep = number(tag, property, config, "keep");
    if (model == null
        || (threshold == null) == (keep == null)
        || (keep != null && (keep > 0 && keep <= 1) == false)) {
      throw EncodeOptions.refused(
          tag,
          property,
          "must have a [model] and either a [threshold] or a share above 0 and of at most 1 as"
              + " [keep], got ["
              + threshold
              + "] and ["
              + keep
              + "]");
    }
    return new Judge(model, threshold, keep);
  }

  private static Double number(
      String tag, String property, Map<String, Object> config, String key) {
    Object value = config.remove(key);
    if (value == null) {
      return null;
    }
    if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      return number.doubleValue();
    }
    throw EncodeOptions.refused(
        tag,
        property,
        "must have a finite number as [" + key + "], got [" + EncodeOptions.echo(value) + "]");
  }
}
