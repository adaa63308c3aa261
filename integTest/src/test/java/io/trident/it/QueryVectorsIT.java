/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.BeforeClass;
import org.junit.Test;

/** Queries by vectors that are made of several texts, against arithmetic over those of each. */
public class QueryVectorsIT extends ClusterTestCase {

  private static final String INDEX = "made";
  private static final String FIRST = "how is sand moved";
  private static final String SECOND = "rivers flow to the sea";

  private static final List<String> TEXTS =
      List.of(
          "Rivers carry sand from the mountains to the sea",
          "Wind shapes the dunes of the desert",
          "Boats sail on the sea when there is wind",
          "Mountains are made of stone and worn by water",
          "A cat sleeps on a warm stone",
          "Small segments are merged into larger ones");

  private static Api api;

  @BeforeClass
  public static void start() throws IOException {
    api = sharedNode();
    ok(
        api,
        "PUT",
        "/_ingest/pipeline/made",
        "{\"processors\": [{\"encode\": {\"field\": \"text\", \"sparse\": \"sparse\", \"dense\": \"dense\", \"tokens\": \"tokens\"}}]}");
    ok(
        api,
        "PUT",
        "/" + INDEX,
        """
        {"settings": {"index.codec": "trident", "number_of_shards": 2, "default_pipeline": "made"},
         "mappings": {"properties": {"text": {"type": "text"}, "sparse": {"type": "impact_vector"},
           "dense": {"type": "dense_vector", "dimension": 128, "encoding": "float32"},
           "tokens": {"type": "token_vectors", "dimension": 128, "encoding": "float32"}}}}
        """);
    List<String> lines = new ArrayList<>();
    for (String text : TEXTS) {
      lines.add("{\"index\": {\"_id\": \"" + lines.size() / 2 + "\"}}");
      lines.add("{\"text\": \"" + text + "\"}");
    }
    bulk(api, INDEX, lines);
  }

  private static Map<String, Double> scores(String query, String options) {
    String body = String.format(Locale.ROOT, "{\"size\": 10, \"query\": " + query + "}", options);
    Map<String, Double> scores = new TreeMap<>();
    JsonNode found = ok(api, "POST", "/" + INDEX + "/_search", body);
    for (JsonNode hit : found.path("hits").path("hits")) {
      scores.put(hit.path("_id").asText(), hit.path("_score").asDouble());
    }
    return scores;
  }

  private static String text(String text) {
    return "\"text\": \"" + text + "\"";
  }

  private static String texts(double first, double second) {
    return String.format(
        Locale.ROOT,
        "\"texts\": [{\"text\": \"%s\", \"weight\": %s}, {\"text\": \"%s\", \"weight\": %s}]",
        FIRST,
        first,
        SECOND,
        second);
  }

  @Test
  public void testScoresByTextsAreTheWeightedSumOfThoseByEach() {
    for (String query :
        List.of("{\"learned_sparse\": {\"sparse\": {%s}}}", "{\"max_sim\": {\"tokens\": {%s}}}")) {
      Map<String, Double> first = scores(query, text(FIRST));
      Map<String, Double> second = scores(query, text(SECOND));
      double weight = query.contains("max_sim") ? 1 : 0.25;
      Map<String, Double> both = scores(query, texts(1, weight));
      assertTrue(both.size() > 1);
      both.forEach(
          (id, score) -> {
            double sum = first.getOrDefault(id, 0.0) + weight * second.getOrDefault(id, 0.0);
            assertEquals(query + " " + id, sum, score, 0.003 * sum);
          });
    }
  }

  private static double[] unit(String text) {
    JsonNode encoded =
        ok(
            api,
            "POST",
            "/_plugins/_trident/models/trident-mini/_encode",
            "{\"side\": \"query\", \"texts\": [\"" + text + "\"]}");
    JsonNode vector = encoded.at("/encodings/0/dense");
    double[] unit = new double[vector.size()];
    double squares = 0;
    for (int d = 0; d < unit.length; d++) {
      unit[d] = vector.get(d).asDouble();
      squares += unit[d] * unit[d];
    }
    for (int d = 0; d < unit.length; d++) {
      unit[d] /= Math.sqrt(squares);
    }
    return unit;
  }

  @Test
  public void testADenseQueryByTextsIsThatByTheSumOfTheirDirections() {
    double[] first = unit(FIRST);
    double[] second = unit(SECOND);
    for (double weight : new double[] {0.5, -0.5}) {
      List<Double> sum = new ArrayList<>();
      for (int d = 0; d < first.length; d++) {
        sum.add(first[d] + weight * second[d]);
      }
      String query = "{\"dense\": {\"dense\": {%s}}}";
      Map<String, Double> expected = scores(query, "\"vector\": " + sum);
      Map<String, Double> found = scores(query, texts(1, weight));
      assertEquals(expected.keySet(), found.keySet());
      found.forEach((id, score) -> assertEquals(expected.get(id), score, 1e-4));
    }
  }

  @Test
  public void testTextsWorkInLegsOfAFusionAndInRescore() {
    String dense = "{\"dense\": {\"dense\": {" + texts(1, 0.5) + "}}}";
    Map<String, Double> alone = scores(dense, "");
    String legs =
        "{\"fusion\": {\"normalization\": \"none\", \"legs\": [{\"query\": " + dense + "}]}}";
    scores(legs, "").forEach((id, score) -> assertEquals(alone.get(id), score, 1e-5));
    String rescored =
        "{\"match_all\": {}}, \"rescore\": {\"query\": {\"query_weight\": 0, \"rescore_query\": "
            + dense
            + "}}";
    scores(rescored, "").forEach((id, score) -> assertEquals(alone.get(id), score, 1e-5));
  }

  @Test
  public void testWeightsThatAQueryCannotTakeAreRefused() {
    for (String query : List.of("\"learned_sparse\": {\"sparse\"", "\"max_sim\": {\"tokens\"")) {
      refused(
          api,
          400,
          "POST",
          "/" + INDEX + "/_search",
          "{\"query\": {" + query + ": {" + texts(1, -0.5) + "}}}}",
          "weights",
          "[-0.5]");
    }
  }

  private static String like(String... options) {
    StringBuilder documents = new StringBuilder();
    for (String option : options) {
      documents.append(documents.isEmpty() ? "" : ", ").append("{" + option + "}");
    }
    return "\"like\": [" + documents + "]";
  }

  private static JsonNode stored(String id, String field) {
    String body =
        "{\"query\": {\"ids\": {\"values\": [\"%s\"]}}, \"fields\": [{\"field\": \"%s\", \"format\": \"stored\"}]}";
    JsonNode found =
        ok(api, "POST", "/" + INDEX + "/_search", String.format(Locale.ROOT, body, id, field));
    return found.at("/hits/hits/0/fields/" + field);
  }

  @Test
  public void testALikedDocumentIsSearchedByItsStoredVector() {
    Map<String, String> vectors =
        Map.of(
            "{\"learned_sparse\": {\"sparse\": {%s}}}",
                "\"tokens\": " + stored("0", "sparse").get(0),
            "{\"dense\": {\"dense\": {%s}}}", "\"vector\": " + stored("0", "dense").get(0),
            "{\"max_sim\": {\"tokens\": {%s}}}",
                "\"vectors\": " + stored("0", "tokens").get(0).path("vectors"));
    vectors.forEach(
        (query, vector) -> {
          Map<String, Double> expected = scores(query, vector);
          for (String where : List.of("", "\"_index\": \"" + INDEX + "\", ")) {
            Map<String, Double> found = scores(query, like(where + "\"_id\": \"0\""));
            assertEquals(query, expected.keySet(), found.keySet());
            found.forEach((id, score) -> assertEquals(expected.get(id), score, 0.003 * score));
          }
        });
  }

  @Test
  public void testTextsAndLikedDocumentsAddUp() {
    for (String query :
        List.of("{\"learned_sparse\": {\"sparse\": {%s}}}", "{\"max_sim\": {\"tokens\": {%s}}}")) {
      Map<String, Double> text = scores(query, text(FIRST));
      Map<String, Double> liked = scores(query, like("\"_id\": \"1\""));
      double weight = query.contains("max_sim") ? 1 : 0.5;
      String both = text(FIRST) + ", " + like("\"_id\": \"1\", \"weight\": " + weight);
      scores(query, both)
          .forEach(
              (id, score) -> {
                double sum = text.getOrDefault(id, 0.0) + weight * liked.getOrDefault(id, 0.0);
                assertEquals(query + " " + id, sum, score, 0.003 * sum);
              });
    }
    String dense = "{\"dense\": {\"dense\": {%s}}}";
    double[] first = unit(FIRST);
    JsonNode second = stored("1", "dense").get(0);
    double squares = 0;
    for (JsonNode value : second) {
      squares += value.asDouble() * value.asDouble();
    }
    List<Double> sum = new ArrayList<>();
    for (int d = 0; d < first.length; d++) {
      sum.add(first[d] - 0.5 * second.get(d).asDouble() / Math.sqrt(squares));
    }
    Map<String, Double> expected = scores(dense, "\"vector\": " + sum);
    scores(dense, text(FIRST) + ", " + like("\"_id\": \"1\", \"weight\": -0.5"))
        .forEach((id, score) -> assertEquals(expected.get(id), score, 1e-4));
  }

  @Test
  public void testDocumentsThatAreNotThereCountAsNone() {
    String query = "{\"dense\": {\"dense\": {%s}}}";
    assertEquals(Map.of(), scores(query, like("\"_id\": \"none\"")));
    Map<String, Double> plain = scores(query, text(FIRST));
    scores(query, text(FIRST) + ", " + like("\"_id\": \"none\""))
        .forEach((id, score) -> assertEquals(plain.get(id), score, 1e-5));
  }

  @Test
  public void testLikedDocumentsOfIndicesThatAreNotThereAreRefused() {
    refused(
        api,
        404,
        "POST",
        "/" + INDEX + "/_search",
        "{\"query\": {\"dense\": {\"dense\": {"
            + like("\"_index\": \"nowhere\", \"_id\": \"0\"")
            + "}}}}",
        "nowhere");
  }

  @Test
  public void testVectorsOfAnotherKindAreRefused() {
    Map<String, List<String>> others =
        Map.of(
            "dense", List.of("sparse", "tokens"),
            "learned_sparse", List.of("dense", "tokens"),
            "max_sim", List.of("sparse", "dense"));
    others.forEach(
        (query, fields) ->
            fields.forEach(
                field ->
                    refused(
                        api,
                        400,
                        "POST",
                        "/" + INDEX + "/_search",
                        "{\"query\": {\""
                            + query
                            + "\": {\""
                            + field
                            + "\": {"
                            + like("\"_id\": \"0\"")
                            + "}}}}",
                        "[like] must find vectors in a field of the type")));
  }
}
