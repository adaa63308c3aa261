/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import static org.opensearch.ingest.ConfigurationUtils.readOptionalStringProperty;
import static org.opensearch.ingest.ConfigurationUtils.readStringProperty;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Which texts are worth their vectors (static pruning by quality: Chang et al., SIGIR 2024).
 *
 * @param judge says what is kept
 * @param field the path that the score is written to, or null
 * @param dropsDocuments whether a document goes that is left without a text, and not its vectors
 *     alone; false
 */
record Quality(Judge judge, String field, boolean dropsDocuments) {

  private static final String NAME = "quality";
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
      worth.add(new Worth(score, judge.keeps(score, latest)));
    }
    return worth;
  }

  /**
   * Reads the option and removes what it reads.
   *
   * @param ofPassages whether passages are judged, of which none is a document
   */
  static Quality read(String tag, Map<String, Object> config, boolean ofPassages) {
    Judge judge = Judge.read(tag, NAME, config);
    String field = readOptionalStringProperty(EncodeProcessor.TYPE, tag, config, "field");
    String drop =
        ofPassages
            ? VECTORS
            : readStringProperty(EncodeProcessor.TYPE, tag, config, "drop", VECTORS);
    if (List.of(VECTORS, DOCUMENT).contains(drop) == false) {
      throw EncodeOptions.refused(
          tag,
          NAME,
          "must have a [drop] of [vectors] or [document], got [" + EncodeOptions.echo(drop) + "]");
    }
    if (config.isEmpty() == false) {
      throw EncodeOptions.refused(
          tag, NAME, "does not support " + EncodeOptions.echo(config.keySet()));
    }
    return new Quality(judge, field, drop.equals(DOCUMENT));
  }
}
