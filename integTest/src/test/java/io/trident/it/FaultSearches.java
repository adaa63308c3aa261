/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** Compares what every copy of an index answers with what was written, by plain arithmetic. */
record FaultSearches(Api api, String index) {

  private static final int ALL = 50_000;

  /** The most neighbors that a query takes. */
  private static final int MAX_NEIGHBORS = 10_000;

  private static final List<String> COPIES = List.of("_primary", "_replica");

  /**
   * Checks which documents are there.
   *
   * @param allowed which versions of each may be; of others, any
   * @return the versions that are there
   */
  Map<String, Integer> check(String what, Map<String, Set<Integer>> allowed) {
    ClusterTestCase.ok(api, "POST", "/" + index + "/_refresh", null);
    Map<String, Integer> found = versions(COPIES.get(0));
    assertEquals(what, found, versions(COPIES.get(1)));
    allowed.forEach(
        (id, versions) -> {
          int version = found.getOrDefault(id, AcknowledgedDocuments.ABSENT);
          assertTrue(
              what + ": [" + id + "] must be " + versions + ", is " + version,
              versions.contains(version));
        });
    return found;
  }

  private Map<String, Integer> versions(String copy) {
    Map<String, Integer> versions = new HashMap<>();
    for (JsonNode hit : search(copy, "{\"match_all\": {}}")) {
      versions.put(hit.path("_id").asText(), hit.at("/_source/version").asInt());
    }
    return versions;
  }

  private JsonNode search(String copy, String query) {
    String body = "{\"size\": " + ALL + ", \"_source\": [\"version\"], \"query\": " + query + "}";
    JsonNode answer =
        ClusterTestCase.ok(api, "POST", "/" + index + "/_search?preference=" + copy, body);
    assertEquals(answer.toString(), 0, answer.at("/_shards/failed").asInt());
    return answer.at("/hits/hits");
  }

  /** Checks the hits of all copies for vectors of each kind, those of another document. */
  void checkScores(String what, Map<String, Integer> versions, FaultDocument query) {
    Map<String, FaultDocument> documents = new HashMap<>();
    versions.forEach((id, version) -> documents.put(id, FaultDocument.of(id, version)));
    for (String copy : COPIES) {
      // the weights of a query are rounded to some 11 bits
      check(
          what + ", sparse",
          search(copy, query("learned_sparse", "sparse", "tokens", query.sparse())),
          scores(documents, document -> document.sparseScore(query)),
          2e-3);
      check(
          what + ", tokens",
          search(copy, query("max_sim", "tokens", "vectors", query.tokens())),
          scores(documents, document -> document.tokensScore(query)),
          1e-4);
      for (String field : List.of("dense", "codes")) {
        String vector = Api.JSON.valueToTree(query.dense()) + ", \"k\": " + MAX_NEIGHBORS;
        check(
            what + ", " + field,
            search(copy, query("dense", field, "vector", vector)),
            scores(documents, document -> document.denseScore(query)),
            1e-4);
      }
    }
  }

  private static String query(String kind, String field, String option, Object value) {
    String json = value instanceof String text ? text : Api.JSON.valueToTree(value).toString();
    return "{\"" + kind + "\": {\"" + field + "\": {\"" + option + "\": " + json + "}}}";
  }

  private static Map<String, Double> scores(
      Map<String, FaultDocument> documents, ToDoubleFunction<FaultDocument> score) {
    Map<String, Double> scores = new HashMap<>();
    documents.forEach((id, document) -> scores.put(id, score.applyAsDouble(document)));
    return scores;
  }

  private static void check(
      String what, JsonNode hits, Map<String, Double> exact, double tolerance) {
    List<Double> best = exact.values().stream().sorted(Comparator.reverseOrder()).toList();
    int rank = 0;
    for (JsonNode hit : hits) {
      double score = hit.path("_score").asDouble();
      double error = tolerance * Math.max(1, score);
      String id = hit.path("_id").asText();
      assertEquals(what + ": the score of " + id, exact.get(id), score, error);
      assertEquals(what + ": the score at rank " + rank, best.get(rank), score, error);
      rank++;
    }
    long matching =
        what.endsWith("sparse") ? best.stream().filter(score -> score > 0).count() : best.size();
    assertEquals(what + ": hits", matching, rank);
  }
}
