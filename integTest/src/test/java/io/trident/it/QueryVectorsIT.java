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
                        "[like] and [feedback] must find vectors in a field of the type")));
  }

  private static Map<String, Double> weights(JsonNode tokens) {
    Map<String, Double> weights = new TreeMap<>();
    tokens.properties().forEach(token -> weights.put(token.getKey(), token.getValue().asDouble()));
    return weights;
  }

  private static Map<String, Double> encoded(String text) {
    return weights(
        ok(
                api,
                "POST",
                "/_plugins/_trident/models/trident-mini/_encode",
                "{\"side\": \"query\", \"texts\": [\"" + text + "\"]}")
            .at("/encodings/0/sparse"));
  }

  private static double total(Map<String, Double> weights) {
    return weights.values().stream().mapToDouble(weight -> weight).sum();
  }

  /** The query that feedback makes, by the stored vectors of the documents it reads. */
  private static Map<String, Double> moved(
      Map<String, Double> query, List<String> documents, int terms, double weight) {
    Map<String, Double> mean = new TreeMap<>();
    for (String id : documents) {
      weights(stored(id, "sparse").get(0))
          .forEach((token, value) -> mean.merge(token, value / documents.size(), Double::sum));
    }
    Map<String, Double> heaviest = new TreeMap<>();
    mean.entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .limit(terms)
        .forEach(token -> heaviest.put(token.getKey(), token.getValue()));
    double scale = weight * total(query) / total(heaviest);
    Map<String, Double> moved = new TreeMap<>(query);
    heaviest.forEach((token, value) -> moved.merge(token, scale * value, Double::sum));
    return moved;
  }

  private static List<String> best(Map<String, Double> scores, List<String> some, int count) {
    return scores.entrySet().stream()
        .filter(hit -> some.contains(hit.getKey()))
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .limit(count)
        .map(Map.Entry::getKey)
        .toList();
  }

  private static String tokens(Map<String, Double> weights) throws IOException {
    return "\"tokens\": " + Api.JSON.writeValueAsString(weights);
  }

  private static void assertScores(Map<String, Double> expected, Map<String, Double> found) {
    assertEquals(expected.keySet(), found.keySet());
    found.forEach((id, score) -> assertEquals(id, expected.get(id), score, 0.003 * score));
  }

  private static final List<String> ALL = List.of("0", "1", "2", "3", "4", "5");
  private static final String SPARSE_QUERY = "{\"learned_sparse\": {\"sparse\": {%s}}}";

  @Test
  public void testFeedbackMovesASparseQueryAsRm3Does() throws IOException {
    Map<String, Double> query = encoded(FIRST);
    Map<String, Double> plain = scores(SPARSE_QUERY, text(FIRST));
    for (int[] setting : new int[][] {{1, 5}, {2, 30}, {3, 12}}) {
      Map<String, Double> moved =
          moved(query, best(plain, ALL, setting[0]), setting[1], 0.25 * setting[0]);
      String feedback =
          String.format(
              Locale.ROOT,
              ", \"feedback\": {\"documents\": %d, \"terms\": %d, \"weight\": %s}",
              setting[0],
              setting[1],
              0.25 * setting[0]);
      assertScores(
          scores(SPARSE_QUERY, tokens(moved)), scores(SPARSE_QUERY, text(FIRST) + feedback));
      assertScores(
          scores(SPARSE_QUERY, tokens(moved)), scores(SPARSE_QUERY, tokens(query) + feedback));
    }
  }

  @Test
  public void testFeedbackWithoutWeightOrDocumentsIsThePlainQuery() {
    for (String query : List.of(SPARSE_QUERY, "{\"dense\": {\"dense\": {%s}}}")) {
      Map<String, Double> plain = scores(query, text(FIRST));
      for (String options :
          List.of("\"weight\": 0", "\"query\": {\"ids\": {\"values\": [\"none\"]}}")) {
        assertEquals(plain, scores(query, text(FIRST) + ", \"feedback\": {" + options + "}"));
      }
    }
  }

  @Test
  public void testFiltersOfAFusionHoldForFeedback() throws IOException {
    Map<String, Double> plain = scores(SPARSE_QUERY, text(FIRST));
    List<String> some = List.of("1", "2", "3", "4");
    Map<String, Double> moved = moved(encoded(FIRST), best(plain, some, 2), 30, 1);
    String fusion =
        "{\"fusion\": {\"normalization\": \"none\", \"filter\": {\"ids\": {\"values\": "
            + Api.JSON.writeValueAsString(some)
            + "}}, \"legs\": [{\"query\": "
            + SPARSE_QUERY
            + "}]}}";
    assertScores(
        scores(fusion, tokens(moved)),
        scores(fusion, text(FIRST) + ", \"feedback\": {\"documents\": 2, \"weight\": 1}"));
  }

  @Test
  public void testAFusionByFieldsMovesItsSparseAndDenseVectors() {
    String options =
        "\"feedback\": {\"documents\": 2, \"query\": {\"match\": {\"text\": \"sea\"}}}";
    String legs =
        String.format(
            Locale.ROOT,
            "{\"fusion\": {\"legs\": [{\"query\": {\"learned_sparse\": {\"sparse\": {%s}}}},"
                + " {\"query\": {\"dense\": {\"dense\": {%s}}}}, {\"query\": {\"max_sim\": {\"tokens\": {%s}}}}]}}",
            text(FIRST) + ", " + options,
            text(FIRST) + ", " + options,
            text(FIRST));
    String fields =
        "{\"fusion\": {%s, \"fields\": [\"sparse\", \"dense\", \"tokens\"], " + options + "}}";
    assertScores(scores(legs, ""), scores(fields, text(FIRST)));
    assertTrue(
        scores(fields, text(FIRST)).equals(scores(fields.replace(", " + options, ""), text(FIRST)))
            == false);
  }

  @Test
  public void testFeedbackOfNeuralTextReadsPassages() {
    ok(
        api,
        "PUT",
        "/moved",
        "{\"mappings\": {\"properties\": {\"body\": {\"type\": \"neural_text\", \"sparse\": true, \"tokens\": false}}}}");
    List<String> lines = new ArrayList<>();
    for (String one : TEXTS) {
      lines.add("{\"index\": {}}");
      lines.add("{\"body\": \"" + one + "\"}");
    }
    bulk(api, "moved", lines);
    String leg =
        "{\"top_passages\": {\"path\": \"body_neural.passages\", \"query\": {\"%s\": {\"body_neural.passages.%s\": {%s}}}}}";
    List<String> legs = new ArrayList<>();
    legs.add("{\"query\": {\"match\": {\"body\": \"" + FIRST + "\"}}}");
    for (String[] names : new String[][] {{"learned_sparse", "sparse"}, {"dense", "dense"}}) {
      String plain = String.format(Locale.ROOT, leg, names[0], names[1], text(FIRST));
      String feedback = ", \"feedback\": {\"documents\": 2, \"query\": " + plain + "}";
      legs.add(
          "{\"query\": "
              + String.format(Locale.ROOT, leg, names[0], names[1], text(FIRST) + feedback)
              + "}");
    }
    List<Float> expected = movedScores("{\"fusion\": {\"legs\": " + legs + "}}");
    List<Float> found =
        movedScores(
            "{\"neural_text\": {\"body\": {"
                + text(FIRST)
                + ", \"feedback\": {\"documents\": 2}}}}");
    assertEquals(expected.size(), found.size());
    for (int i = 0; i < found.size(); i++) {
      assertEquals(expected.get(i), found.get(i), 1e-4);
    }
  }

  private static List<Float> movedScores(String query) {
    return scores(ok(api, "POST", "/moved/_search", "{\"query\": " + query + "}"));
  }

  @Test
  public void testMaxSimTakesNoFeedback() {
    refused(
        api,
        400,
        "POST",
        "/" + INDEX + "/_search",
        "{\"query\": {\"max_sim\": {\"tokens\": {" + text(FIRST) + ", \"feedback\": {}}}}}",
        "takes no [feedback]");
  }
}
