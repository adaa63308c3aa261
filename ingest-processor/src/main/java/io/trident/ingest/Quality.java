/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import static org.opensearch.ingest.ConfigurationUtils.readOptionalStringProperty;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Which texts are worth their vectors (static pruning by quality: Chang et al., SIGIR 2024).
 *
 * @param model the id of the model that judges them
 * @param threshold texts that it scores below this are dropped; null to go by the share
 * @param keep the share of the latest texts that is kept, the best; null to go by the threshold
 * @param field the path that the score is written to, or null
 * @param dropsDocuments whether a document goes that is left without a text, and not its vectors
 *     alone; false
 */
record Quality(String model, Double threshold, Double keep, String field, boolean dropsDocuments) {

  private static final String DROP = "drop";

  private static final String VECTORS = "vectors";
  private static final String DOCUMENT = "document";

  /**
   * What a text is worth.
   *
   * @param score what the model gave it
   * @param kept whether that is enough
   */
  record Worth(float score, boolean kept) {}

  /** What texts of these scores are worth, after those whose scores were noted before. */
  List<Worth> of(float[] scores, LatestScores latest) {
    List<Worth> worth = new ArrayList<>(scores.length);
    for (float score : scores) {
      boolean kept = threshold == null ? latest.isAmong(score, keep) : score >= threshold;
      worth.add(new Worth(score, kept));
    }
    return worth;
  }

  /**
   * Reads the option and removes what it reads.
   *
   * @param ofPassages whether passages are judged, of which none is a document
   */
  static Quality read(String tag, Map<String, Object> config, boolean ofPassages) {
    String model = EncodeOptions.model(tag, config, "model");
    Double threshold = number(tag, config, "threshold");
    Double keep = number(tag, config, "keep");
    String field = readOptionalStringProperty(EncodeProcessor.TYPE, tag, config, "field");
    String drop = ofPassages ? VECTORS : String.valueOf(config.getOrDefault(DROP, VECTORS));
    if (ofPassages == false) {
      config.remove(DROP);
    }
    if (model == null
        || (threshold == null) == (keep == null)
        || (keep != null && (keep > 0 && keep <= 1) == false)
        || List.of(VECTORS, DOCUMENT).contains(drop) == false
        || config.isEmpty() == false) {
      throw refused(
          tag,
          "must have a [model], either a [threshold] or a share from 0 to 1 as [keep], perhaps a"
              + " [field] and, without passages, [drop] of [vectors] or [document], and nothing"
              + " else, got ["
              + threshold
              + "], ["
              + keep
              + "], ["
              + EncodeOptions.echo(drop)
              + "] and "
              + EncodeOptions.echo(config.keySet()));
    }
    return new Quality(model, threshold, keep, field, drop.equals(DOCUMENT));
  }

  private static Double number(String tag, Map<String, Object> config, String property) {
    Object value = config.remove(property);
    if (value == null) {
      return null;
    }
    if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      return number.doubleValue();
    }
    throw refused(
        tag,
        "must have a finite number as [" + property + "], got [" + EncodeOptions.echo(value) + "]");
  }

  private static RuntimeException refused(String tag, String reason) {
    return EncodeOptions.refused(tag, "quality", reason);
  }
}
