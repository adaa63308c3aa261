/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * Fits the settings of fusions on a real server. What settings are worth is computed here from
 * searches with them.
 */
public class FitIT extends ClusterTestCase {

  private static final String FIT = "/_plugins/_trident/fusion/_fit";
  private static final int DOCUMENTS = 60;
  private static final int QUERIES = 12;
  private static final String[] WORDS = {"river", "sand", "mountain", "sea", "stone", "boat"};

  private static final String QUERY =
      """
      {"fusion": {"window": 30, "legs": [
        {"name": "good", "query": {"match": {"good": "{{query}}"}}},
        {"name": "words", "weight": 0.5, "query": {"match": {"words": "{{ words }}"}}},
        {"name": "dense", "query": {"dense": {"dense": {"vector": "{{vector}}", "exact": true}}}}]}}
      """;

  private static Api api;
  private static Random random;

  @BeforeClass
  public static void start() throws IOException {
    api = sharedNode();
    random = new Random(randomLong());
    ok(
        api,
        "PUT",
        "/fitted",
        """
        {"settings": {"index.codec": "trident", "number_of_shards": 3, "number_of_replicas": 0},
         "mappings": {"properties": {"good": {"type": "text"}, "words": {"type": "text"},
           "dense": {"type": "dense_vector", "dimension": 2}}}}
        """);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < DOCUMENTS; i++) {
      lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
      lines.add(
          String.format(
              Locale.ROOT,
              "{\"good\": \"topic%d topic%d\", \"words\": \"%s\", \"dense\": %s}",
              i % QUERIES,
              i % 7,
              words(6),
              vector()));
    }
    bulk(api, "fitted", lines);
  }

  private static String words(int count) {
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < count; i++) {
      words.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
    }
    return words.toString();
  }

  private static String vector() {
    return "[" + random.nextGaussian() + ", " + random.nextGaussian() + "]";
  }

  /** A query, with what fills its template, and the grades of documents. */
  private record Judged(String query, String params, Map<String, Integer> ratings) {

    /** What belongs to a topic is relevant, and some other documents are a little. */
    private static Judged random(int topic) {
      Map<String, Integer> ratings = new TreeMap<>();
      for (int i = 0; i < DOCUMENTS; i++) {
        if (i % QUERIES == topic) {
          ratings.put(Integer.toString(i), 2 + random.nextInt(2));
        } else if (random.nextInt(10) == 0) {
          ratings.put(Integer.toString(i), random.nextInt(2));
        }
      }
      String params = "{\"words\": \"" + words(2) + "\", \"vector\": " + vector() + "}";
      return new Judged("topic" + topic, params, ratings);
    }

    private String json() {
      List<String> rated = new ArrayList<>();
      ratings.forEach(
          (id, rating) ->
              rated.add(
                  "{\"_index\": \"fitted\", \"_id\": \"" + id + "\", \"rating\": " + rating + "}"));
      return "{\"query\": \""
          + query
          + "\", \"params\": "
          + params
          + ", \"ratings\": "
          + rated
          + "}";
    }

    /** The search that the template makes, with other settings. */
    private String search(JsonNode settings) {
      JsonNode filled = parsed(params);
      StringBuilder legs = new StringBuilder();
      for (JsonNode leg : settings.get("legs")) {
        String body =
            switch (leg.get("name").asText()) {
              case "good" -> "{\"match\": {\"good\": \"" + query + "\"}}";
              case "words" -> "{\"match\": {\"words\": " + filled.get("words") + "}}";
              default ->
                  "{\"dense\": {\"dense\": {\"vector\": "
                      + filled.get("vector")
                      + ", \"exact\": true}}}";
            };
        legs.append(legs.isEmpty() ? "" : ", ")
            .append("{\"weight\": " + leg.get("weight") + ", \"query\": " + body + "}");
      }
      return "{\"query\": {\"fusion\": {\"combination\": "
          + settings.get("combination")
          + ", \"normalization\": "
          + settings.get("normalization")
          + ", \"window\": "
          + settings.get("window")
          + ", \"legs\": ["
          + legs
          + "]}}"
          + (settings.has("first_stage_weight")
              ? ", " + reranker(query, settings.get("first_stage_weight"))
              : "")
          + "}";
    }

    private double ndcg(List<String> ids) {
      double gained = 0;
      for (int rank = 0; rank < Math.min(10, ids.size()); rank++) {
        gained += ratings.getOrDefault(ids.get(rank), 0) / (Math.log(rank + 2) / Math.log(2));
      }
      List<Integer> best = new ArrayList<>(ratings.values());
      best.sort((one, other) -> other - one);
      double ideal = 0;
      for (int rank = 0; rank < Math.min(10, best.size()); rank++) {
        ideal += best.get(rank) / (Math.log(rank + 2) / Math.log(2));
      }
      return gained / ideal;
    }
  }

  /** Reranks fifteen hits, with a share of the first stage or with the default one. */
  private static String reranker(String query, JsonNode share) {
    return "\"ext\": {\"cross_encoder\": {\"query\": \""
        + query
        + "\", \"field\": [\"good\", \"words\"], \"window\": 15"
        + (share == null ? "" : ", \"first_stage_weight\": " + share)
        + "}}";
  }

  private static JsonNode parsed(String json) {
    try {
      return Api.JSON.readTree(json);
    } catch (IOException e) {
      throw new AssertionError(json, e);
    }
  }

  private static List<Judged> judged() {
    List<Judged> judged = new ArrayList<>();
    for (int topic = 0; topic < QUERIES; topic++) {
      judged.add(Judged.random(topic));
    }
    return judged;
  }

  private static String body(String query, List<String> judgments, String rest) {
    return "{\"index\": \"fitted\", \"query\": "
        + query
        + ", \"judgments\": "
        + judgments
        + rest
        + "}";
  }

  private static double searched(List<Judged> judged, JsonNode settings) {
    return judged.stream()
        .mapToDouble(
            query -> query.ndcg(ids(ok(api, "POST", "/fitted/_search", query.search(settings)))))
        .average()
        .orElseThrow();
  }

  @Test
  public void testValuesAreThoseOfSearchesWithTheSettings() {
    List<Judged> judged = judged();
    List<String> judgments = judged.stream().map(Judged::json).toList();
    JsonNode fit =
        ok(api, "POST", FIT, body(QUERY, judgments, ", \"windows\": [10, 50], \"seed\": 7"));
    String shown = fit.toString();
    JsonNode present = fit.get("present");
    JsonNode fitted = fit.get("fitted");
    assertEquals(shown, 30, present.at("/settings/window").asInt());
    assertEquals(shown, 0.5, present.at("/settings/legs/1/weight").asDouble(), 0);
    assertEquals(
        shown, searched(judged, present.get("settings")), present.get("value").asDouble(), 1e-6);
    assertEquals(
        shown,
        searched(judged, fitted.get("settings")),
        fitted.get("training_value").asDouble(),
        1e-6);
    assertTrue(shown, fitted.get("training_value").asDouble() >= present.get("value").asDouble());
    assertEquals(shown, QUERIES, fit.at("/queries/used").asInt());
    assertEquals(
        "the same seed gives the same fit",
        fit,
        ok(api, "POST", FIT, body(QUERY, judgments, ", \"windows\": [10, 50], \"seed\": 7")));
  }

  @Test
  public void testValuesUnderACrossEncoderAreThoseOfSearchesWithIt() {
    List<Judged> judged = judged();
    List<String> judgments = judged.stream().map(Judged::json).toList();
    JsonNode fit = ok(api, "POST", FIT, body(QUERY, judgments, ", " + reranker("{{query}}", null)));
    String shown = fit.toString();
    JsonNode present = fit.get("present");
    assertEquals(shown, 0.8, present.at("/settings/first_stage_weight").asDouble(), 1e-6);
    assertEquals(
        shown, searched(judged, present.get("settings")), present.get("value").asDouble(), 1e-6);
    JsonNode settings = fit.at("/fitted/settings");
    double share = settings.get("first_stage_weight").asDouble();
    assertTrue(shown, share >= 0 && share <= 1);
    ok(api, "PUT", PROFILES + "/reranked", settings.toString());
    Judged query = judged.get(0);
    String filled =
        QUERY
            .replace("{{query}}", query.query)
            .replace("{{ words }}", parsed(query.params).get("words").asText())
            .replace("\"{{vector}}\"", parsed(query.params).get("vector").toString())
            .replace("\"window\": 30", "\"profile\": \"reranked\"")
            .replace("\"weight\": 0.5, ", "");
    assertEquals(
        ids(ok(api, "POST", "/fitted/_search", query.search(settings))),
        ids(
            ok(
                api,
                "POST",
                "/fitted/_search",
                "{\"query\": " + filled + ", " + reranker(query.query, null) + "}")));
    ok(api, "DELETE", PROFILES + "/reranked", null);
  }

  /** One field knows the topic, of the other one every hit is wrong. */
  private static JsonNode fitOfTwoFields(String query, String rest) {
    List<String> judgments = new ArrayList<>();
    for (int topic = 0; topic < QUERIES; topic++) {
      judgments.add(
          "{\"query\": \"topic"
              + topic
              + " "
              + WORDS[topic % WORDS.length]
              + "\", \"ratings\": [{\"_id\": \""
              + (topic + QUERIES)
              + "\", \"rating\": 1}, {\"_id\": \""
              + (topic + 2 * QUERIES)
              + "\", \"rating\": 1}]}");
    }
    return ok(api, "POST", FIT, body(query, judgments, ", \"folds\": 3" + rest));
  }

  /** More than the query gives it; the normalization may do the rest. */
  @Test
  public void testALegThatKnowsBetterGetsMoreWeight() {
    for (String query :
        List.of(
            "{\"fusion\": {\"legs\": [{\"query\": {\"match\": {\"good\": \"{{query}}\"}}},"
                + " {\"weight\": 3, \"query\": {\"match\": {\"words\": \"{{query}}\"}}}]}}",
            "{\"bool\": {\"must\": {\"fusion\": {\"text\": \"{{query}}\", \"fields\": [\"good\", \"words^3\"]}}}}")) {
      JsonNode fit = fitOfTwoFields(query, "");
      String shown = fit.toString();
      JsonNode legs = fit.at("/fitted/settings/legs");
      double ratio = legs.get(0).get("weight").asDouble() / legs.get(1).get("weight").asDouble();
      assertTrue(shown, ratio > 1 / 3.0 + 1e-6);
      assertTrue(shown, fit.at("/fitted/value").asDouble() > fit.at("/present/value").asDouble());
      assertTrue(shown, fit.get("recommended").asBoolean());
      assertTrue(shown, fit.get("p_value").asDouble() < 0.05);
      assertEquals(shown, 3, fit.get("folds").asInt());
    }
  }

  @Test
  public void testSettingsThatAreNotBetterAreNotRecommended() {
    JsonNode fit =
        fitOfTwoFields(
            "{\"fusion\": {\"legs\": [{\"query\": {\"match\": {\"good\": \"{{query}}\"}}}]}}", "");
    assertFalse(fit.toString(), fit.get("recommended").asBoolean());
  }

  private static void refusedFit(int status, String body, String... words) {
    refused(api, status, "POST", FIT, body, words);
  }

  @Test
  public void testWhatCannotBeFittedIsRefused() {
    List<String> judgments = judged().stream().map(Judged::json).toList();
    refusedFit(400, body(QUERY, List.of(), ""), "must have [judgments]");
    refusedFit(
        400, "{\"query\": " + QUERY + ", \"judgments\": " + judgments + "}", "have an [index]");
    refusedFit(400, "{\"index\": \"fitted\", \"judgments\": " + judgments + "}", "have a [query]");
    refusedFit(400, body("{\"match_all\": {}}", judgments, ""), "a placeholder");
    refusedFit(
        400,
        body("{\"match\": {\"good\": \"{{query}}\"}}", judgments, ""),
        "one [fusion]",
        "got [0]");
    refusedFit(
        400,
        body("{\"match\": {\"good\": \"{{author}}\"}}", judgments, ""),
        "[topic0]",
        "placeholder [author]");
    refusedFit(
        400, body("{\"guess\": {\"good\": \"{{query}}\"}}", judgments, ""), "[topic0]", "[guess]");
    refusedFit(400, body(QUERY, judgments, ", \"folds\": 13"), "got [12] for [13] folds");
    refusedFit(400, body(QUERY, judgments, ", \"folds\": 1"), "[folds] of 2 to 100, got [1]");
    refusedFit(400, body(QUERY, judgments, ", \"windows\": [0]"), "[windows]", "got [0]");
    refusedFit(400, body(QUERY, judgments, ", \"window\": 10"), "does not support [window]");
    refusedFit(
        404,
        body(QUERY, judgments, "").replace("\"index\": \"fitted\"", "\"index\": \"lost\""),
        "no such index [lost]");
    refusedFit(
        400,
        body(
            QUERY,
            judgments.stream().map(json -> json.replace("_id\": \"", "_id\": \"x")).toList(),
            ""),
        "no leg found");
    refusedFit(
        400,
        body(
            QUERY,
            List.of("{\"query\": \"a\", \"ratings\": [{\"_id\": \"1\", \"rating\": \"much\"}]}"),
            ""),
        "judgment [1]",
        "[rating]",
        "[much]");
    refusedFit(
        400,
        body(
            QUERY,
            List.of(
                "{\"query\": \"a\", \"ratings\": [{\"_id\": \"1\", \"rating\": 1}, {\"_id\": \"1\", \"rating\": 2}]}"),
            ""),
        "got [1] twice");
    refusedFit(400, "{", "");
    refused(api, 400, "POST", FIT, null, "body");
  }

  private static final String PROFILES = "/_plugins/_trident/fusion/profiles";

  private static final String TWO_FIELDS =
      "{\"fusion\": {\"legs\": [{\"name\": \"good\", \"query\": {\"match\": {\"good\": \"{{query}}\"}}},"
          + " {\"name\": \"words\", \"weight\": 3, \"query\": {\"match\": {\"words\": \"{{query}}\"}}}]}}";

  /** A search for the topic that names a profile and says no weights. */
  private static String byProfile(String name, String options) {
    return TWO_FIELDS
        .replace("{{query}}", "topic1 river")
        .replace("\"weight\": 3, ", "")
        .replace(
            "{\"fusion\": {", "{\"query\": {\"fusion\": {\"profile\": \"" + name + "\", " + options)
        .concat("}");
  }

  @Test
  public void testAFitThatIsBetterIsStoredAndSearchesUseIt() {
    JsonNode fit = fitOfTwoFields(TWO_FIELDS, ", \"name\": \"mine\"");
    assertTrue(fit.toString(), fit.get("stored").asBoolean());
    JsonNode settings = fit.at("/fitted/settings");
    assertEquals(settings, ok(api, "GET", PROFILES + "/mine", null).get("settings"));
    assertEquals(settings, ok(api, "GET", PROFILES, null).at("/profiles/mine"));
    String written =
        TWO_FIELDS
            .replace("{{query}}", "topic1 river")
            .replace("\"weight\": 3", "\"weight\": " + settings.at("/legs/1/weight"))
            .replace(
                "\"good\", \"query\"",
                "\"good\", \"weight\": " + settings.at("/legs/0/weight") + ", \"query\"")
            .replace(
                "{\"fusion\": {",
                "{\"query\": {\"fusion\": {\"window\": "
                    + settings.get("window")
                    + ", \"normalization\": "
                    + settings.get("normalization")
                    + ", ")
            .concat("}");
    JsonNode expected = ok(api, "POST", "/fitted/_search", written);
    JsonNode hits = ok(api, "POST", "/fitted/_search", byProfile("mine", ""));
    assertEquals(ids(expected), ids(hits));
    assertEquals(scores(expected), scores(hits));
    refused(
        api,
        400,
        "POST",
        "/fitted/_search",
        byProfile("mine", "\"window\": 5, "),
        "[window]",
        "[5]");
    ok(api, "DELETE", PROFILES + "/mine", null);
    refused(api, 404, "GET", PROFILES + "/mine", null, "profile [mine] is not stored");
    refused(api, 404, "DELETE", PROFILES + "/mine", null, "profile [mine] is not stored");
    refused(
        api,
        400,
        "POST",
        "/fitted/_search",
        byProfile("mine", ""),
        "[profile] must be one of",
        "[mine]");
  }

  @Test
  public void testAProfileGivesFieldsTheirWeights() {
    String legs =
        "{\"window\": 20, \"legs\": [{\"name\": \"good\", \"weight\": 2}, {\"name\": \"words\"}]}";
    ok(api, "PUT", PROFILES + "/fields", legs);
    for (String query : List.of("neural_text", "fusion")) {
      String search =
          "{\"query\": {\""
              + query
              + "\": {\"text\": \"topic1 river\", \"window\": 20, \"fields\": %s%s}}}";
      JsonNode expected =
          ok(
              api,
              "POST",
              "/fitted/_search",
              String.format(Locale.ROOT, search, "[\"good^2\", \"words\"]", ""));
      JsonNode hits =
          ok(
              api,
              "POST",
              "/fitted/_search",
              String.format(
                  Locale.ROOT, search, "[\"good\", \"words\"]", ", \"profile\": \"fields\""));
      assertEquals(ids(expected), ids(hits));
      assertEquals(scores(expected), scores(hits));
      refused(
          api,
          400,
          "POST",
          "/fitted/_search",
          String.format(Locale.ROOT, search, "[\"good\"]", ", \"profile\": \"fields\""),
          "[fields]",
          "[good, words]");
    }
    ok(api, "DELETE", PROFILES + "/fields", null);
  }

  @Test
  public void testBadProfilesAreRefused() {
    refused(api, 400, "PUT", PROFILES + "/Loud", "{\"legs\": [{}]}", "[Loud]");
    refused(api, 400, "PUT", PROFILES + "/a", "{\"legs\": []}", "[legs]");
    refused(api, 400, "PUT", PROFILES + "/a", "{\"legs\": [{\"weight\": -1}]}", "[weight]");
    refused(api, 400, "PUT", PROFILES + "/a", null, "body");
    refused(
        api,
        400,
        "PUT",
        "/_cluster/settings",
        "{\"persistent\": {\"trident.fusion.profiles.a\": \"{}\"}}",
        "[legs]");
    assertEquals("{\"profiles\":{}}", ok(api, "GET", PROFILES, null).toString());
  }

  @Test
  public void testAFitThatIsNotBetterIsNotStored() {
    JsonNode fit =
        fitOfTwoFields(
            "{\"fusion\": {\"legs\": [{\"query\": {\"match\": {\"good\": \"{{query}}\"}}}]}}",
            ", \"name\": \"same\"");
    assertFalse(fit.toString(), fit.get("stored").asBoolean());
    refused(api, 404, "GET", PROFILES + "/same", null, "[same]");
  }

  private static JsonNode waitFor(String task) {
    return ok(api, "GET", "/_tasks/" + task + "?wait_for_completion=true&timeout=60s", null);
  }

  @Test
  public void testAFitThatNobodyWaitsForIsATaskWithItsAnswer() {
    List<String> judgments = judged().stream().map(Judged::json).toList();
    String body = body(QUERY, judgments, "");
    String task = ok(api, "POST", FIT + "?wait_for_completion=false", body).get("task").asText();
    JsonNode ended = waitFor(task);
    String shown = ended.toString();
    assertTrue(shown, ended.get("completed").asBoolean());
    assertEquals(shown, "cluster:admin/trident/fusion/fit", ended.at("/task/action").asText());
    assertTrue(shown, ended.at("/task/cancellable").asBoolean());
    assertEquals(shown, QUERIES, ended.at("/task/status/queries").asInt());
    assertEquals(shown, QUERIES, ended.at("/task/status/searched").asInt());
    assertTrue(shown, ended.at("/task/status/settings").asInt() > 0);
    assertEquals(shown, ok(api, "POST", FIT, body), ended.get("response"));
    String lost = body.replace("\"index\": \"fitted\"", "\"index\": \"lost\"");
    task = ok(api, "POST", FIT + "?wait_for_completion=false", lost).get("task").asText();
    shown = waitFor(task).toString();
    assertTrue(shown, shown.contains("no such index [lost]"));
    refused(api, 400, "POST", FIT + "?wait_for_completion=false", "{}", "[index]");
  }

  @Test
  public void testACancelledFitEndsAndStoresNothing() {
    List<String> judgments = new ArrayList<>();
    for (int round = 0; round < 60; round++) {
      judged().forEach(judged -> judgments.add(judged.json()));
    }
    String body =
        body(
            QUERY,
            judgments,
            ", \"windows\": [5, 10, 15, 20, 25], \"folds\": 50, \"name\": \"never\"");
    String task = ok(api, "POST", FIT + "?wait_for_completion=false", body).get("task").asText();
    JsonNode cancelled = ok(api, "POST", "/_tasks/" + task + "/_cancel", null);
    assertTrue(cancelled.toString(), cancelled.toString().contains("trident/fusion/fit"));
    String ended = waitFor(task).toString();
    assertTrue(ended, ended.contains("task_cancelled_exception"));
    refused(api, 404, "GET", PROFILES + "/never", null, "[never]");
  }

  @Test
  public void testJudgmentsOfAnIndexAndThoseOfRankEvalAreTheSame() {
    List<String> requests = new ArrayList<>();
    List<String> ratings = new ArrayList<>();
    List<String> stored = new ArrayList<>();
    for (int topic = 0; topic < QUERIES; topic++) {
      String text = "topic" + topic + " " + WORDS[topic % WORDS.length];
      String rated = "[{\"%s\": \"" + (topic + QUERIES) + "\", \"rating\": %s}]";
      ratings.add(
          "{\"query\": \""
              + text
              + "\", \"ratings\": "
              + String.format(Locale.ROOT, rated, "_id", "1")
              + "}");
      stored.add(
          "{\"query\": \""
              + text
              + "\", \"ratings\": "
              + String.format(Locale.ROOT, rated, "docId", "\"1.000\"")
              + "}");
      requests.add(
          "{\"id\": \"q"
              + topic
              + "\", \"request\": {\"size\": 5, \"query\": "
              + TWO_FIELDS.replace("{{query}}", text)
              + "}, \"ratings\": "
              + String.format(Locale.ROOT, rated, "_id", "1")
              + "}");
    }
    JsonNode expected = ok(api, "POST", FIT, body(TWO_FIELDS, ratings, ""));
    assertEquals(
        expected,
        ok(
            api,
            "POST",
            FIT,
            "{\"index\": [\"fitted\"], \"requests\": "
                + requests
                + ", \"metric\": {\"dcg\": {\"k\": 10}}}"));
    for (String name : List.of("first list", "first list of two")) {
      ok(
          api,
          "PUT",
          "/judgments/_doc/" + name.length() + "?refresh=true",
          "{\"name\": \""
              + name
              + "\", \"status\": \"COMPLETED\", \"metadata\": {}, \"judgmentRatings\": "
              + stored
              + "}");
    }
    String from =
        "{\"index\": \"fitted\", \"query\": "
            + TWO_FIELDS
            + ", \"judgments\": {\"index\": \"judgments\"%s}}";
    for (String which : List.of(", \"name\": \"first list\"", ", \"id\": \"17\"")) {
      assertEquals(expected, ok(api, "POST", FIT, String.format(Locale.ROOT, from, which)));
    }
    refusedFit(400, String.format(Locale.ROOT, from, ""), "one document", "got [2]");
    refusedFit(404, String.format(Locale.ROOT, from, ", \"id\": \"x\""), "got [0]");
    refusedFit(400, String.format(Locale.ROOT, from, ", \"kind\": \"x\""), "[kind]");
    requests.set(1, requests.get(1).replace("\"weight\": 3", "\"weight\": 2"));
    refusedFit(400, "{\"index\": \"fitted\", \"requests\": " + requests + "}", "same legs", "[q1]");
    requests.set(1, requests.get(1).replace("\"size\": 5", "\"min_score\": 5"));
    refusedFit(
        400, "{\"index\": \"fitted\", \"requests\": " + requests + "}", "[request]", "min_score");
  }
}
