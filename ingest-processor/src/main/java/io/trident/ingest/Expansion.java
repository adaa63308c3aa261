/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import static org.opensearch.ingest.ConfigurationUtils.readBooleanProperty;
import static org.opensearch.ingest.ConfigurationUtils.readIntProperty;
import static org.opensearch.ingest.ConfigurationUtils.readOptionalMap;
import static org.opensearch.ingest.ConfigurationUtils.readOptionalStringProperty;

import io.trident.models.api.QueryPrediction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Queries that a model predicts for a text, so that it is found by them (doc2query: Nogueira et
 * al., 2019).
 *
 * @param model the id of the model that predicts
 * @param field the path of the array of strings that they are written to, or null
 * @param append whether what is encoded ends with them
 * @param prediction how they are predicted
 * @param filter says which of them are kept, or null to keep all (Doc2Query--: Gospodinov,
 *     MacAvaney and Macdonald, ECIR 2023)
 */
record Expansion(
    String model, String field, boolean append, QueryPrediction prediction, Judge filter) {

  private static final String NAME = "expansion";
  private static final String FILTER = "expansion.filter";

  /** Reads the option and removes what it reads. */
  static Expansion read(String tag, Map<String, Object> config) {
    String model = EncodeOptions.model(tag, config, "model");
    String field = readOptionalStringProperty(EncodeProcessor.TYPE, tag, config, "field");
    boolean append =
        readBooleanProperty(EncodeProcessor.TYPE, tag, config, "append", field == null);
    QueryPrediction defaults = QueryPrediction.DEFAULT;
    if (model == null) {
      throw EncodeOptions.refused(tag, NAME, "must have a [model]");
    }
    try {
      QueryPrediction prediction =
          new QueryPrediction(
              number(tag, config, "queries", defaults.queries()),
              number(tag, config, "max_tokens", defaults.maxTokens()),
              number(tag, config, "top_k", defaults.topK()),
              number(tag, config, "seed", (int) defaults.seed()));
      Judge filter = filter(tag, config);
      if (config.isEmpty() == false) {
        throw EncodeOptions.refused(tag, NAME, "does not support " + config.keySet());
      }
      if (field == null && append == false) {
        throw EncodeOptions.refused(
            tag, NAME, "must have a [field], or [append]: the queries go nowhere");
      }
      return new Expansion(model, field, append, prediction, filter);
    } catch (IllegalArgumentException e) {
      throw EncodeOptions.refused(tag, NAME, e.getMessage());
    }
  }

  private static Judge filter(String tag, Map<String, Object> config) {
    Map<String, Object> filter = readOptionalMap(EncodeProcessor.TYPE, tag, config, "filter");
    Judge judge = filter == null ? null : Judge.read(tag, FILTER, filter);
    if (filter != null && filter.isEmpty() == false) {
      throw EncodeOptions.refused(
          tag, FILTER, "does not support " + EncodeOptions.echo(filter.keySet()));
    }
    return judge;
  }

  private static int number(String tag, Map<String, Object> config, String key, int usual) {
    return readIntProperty(EncodeProcessor.TYPE, tag, config, key, usual);
  }

  /** What is encoded for a text. */
  String expanded(String text, List<String> queries) {
    return append && queries.isEmpty() == false ? text + '\n' + String.join("\n", queries) : text;
  }

  /**
   * The queries of each text that are good enough.
   *
   * @param predicted those of each text
   * @param scores of them all, one after the other
   */
  List<List<String>> kept(List<List<String>> predicted, float[] scores, LatestScores latest) {
    List<List<String>> kept = new ArrayList<>();
    int next = 0;
    for (List<String> queries : predicted) {
      List<String> good = new ArrayList<>();
      for (String query : queries) {
        if (filter.keeps(scores[next++], latest)) {
          good.add(query);
        }
      }
      kept.add(good);
    }
    return kept;
  }
}
