/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.cluster.Api;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BinaryOperator;
import org.junit.Test;

/** A fusion in each kind of request that holds a query, and in queries around it. */
public class FusionRequestsIT extends FusionTestCase {

  private static final String ALL = ", \"size\": 60";

  private static String request() {
    return "{\"query\": " + fusion("") + ALL + "}";
  }

  private static String onOneLine(String json) {
    return json.replace('\n', ' ');
  }

  private static void assertSame(JsonNode expected, JsonNode actual) {
    assertEquals(actual.toString(), ids(expected), ids(actual));
    assertEquals(scores(expected), scores(actual));
  }

  @Test
  public void testASearchOfAMultiSearchIsAnsweredAsItIsAlone() {
    String lines =
        String.join(
            "\n",
            "{}",
            onOneLine(request()),
            "{}",
            "{\"query\": {\"fusion\": {\"legs\": [{\"name\": \"broken\", \"query\": {\"range\": {\"year\": {\"gte\": \"soon\"}}}}]}}}",
            "{}",
            "{\"query\": {\"match\": {\"body\": \"sand\"}}}",
            "{}",
            onOneLine(request()),
            "");
    JsonNode alone = search(ALL);
    JsonNode responses = ok(api, "POST", "/corners/_msearch", lines).get("responses");
    assertEquals(4, responses.size());
    assertSame(alone, responses.get(0));
    JsonNode refused = responses.get(1);
    assertEquals(refused.toString(), 400, refused.path("status").asInt());
    assertTrue(refused.toString(), refused.toString().contains("[fusion] leg [broken] failed"));
    assertEquals(200, responses.get(2).path("status").asInt());
    assertSame(alone, responses.get(3));
  }

  @Test
  public void testATemplateFillsInAFusion() {
    String source =
        fusion(", \"window\": \"{{window}}\"")
            .replace("\"river\"", "\"{{words}}\"")
            .replaceAll("\\s+", " ");
    String template = "{\"query\": " + source + ", \"size\": \"{{size}}{{^size}}10{{/size}}\"}";
    String params = "\"params\": {\"words\": \"river\", \"window\": 100, \"size\": 60}";
    ObjectNode stored = Api.JSON.createObjectNode();
    stored.putObject("script").put("lang", "mustache").put("source", template);
    ok(api, "PUT", "/_scripts/fused", stored.toString());
    JsonNode expected = search(ALL);
    String byId = "{\"id\": \"fused\", " + params + "}";
    assertSame(expected, ok(api, "POST", "/corners/_search/template", byId));
    ObjectNode inline = Api.JSON.createObjectNode().put("source", template);
    inline.putObject("params").put("words", "river").put("window", 100).put("size", 60);
    assertSame(expected, ok(api, "POST", "/corners/_search/template", inline.toString()));
    JsonNode responses =
        ok(api, "POST", "/corners/_msearch/template", "{}\n" + byId + "\n").get("responses");
    assertSame(expected, responses.get(0));
    refused(
        api,
        400,
        "POST",
        "/corners/_search/template",
        "{\"id\": \"fused\", \"params\": {\"words\": \"river\", \"window\": 3}}",
        "[window] of at least [from] + [size]");
    ok(api, "DELETE", "/_scripts/fused", null);
  }

  @Test
  public void testRankingsAreEvaluated() {
    List<String> ranking = ranking();
    String rating = "{\"_index\": \"corners\", \"_id\": \"%s\", \"rating\": %d}";
    JsonNode evaluated =
        ok(
            api,
            "POST",
            "/corners/_rank_eval",
            String.format(
                Locale.ROOT,
                "{\"metric\": {\"mean_reciprocal_rank\": {\"k\": 10}}, \"requests\": ["
                    + "{\"id\": \"fused\", \"request\": {\"query\": %s}, \"ratings\": [%s, %s]},"
                    + "{\"id\": \"broken\", \"request\": {\"query\": {\"fusion\": {\"window\": 1,"
                    + " \"legs\": [{\"query\": {\"match_all\": {}}}]}}}, \"ratings\": [%s]}]}",
                fusion(""),
                String.format(Locale.ROOT, rating, ranking.get(3), 1),
                String.format(Locale.ROOT, rating, ranking.get(0), 0),
                String.format(Locale.ROOT, rating, ranking.get(0), 1)));
    JsonNode details = evaluated.at("/details/fused");
    assertEquals(evaluated.toString(), 0.25, details.path("metric_score").asDouble(), 1e-9);
    assertEquals(ranking.subList(0, 10), details.path("hits").findValuesAsText("_id"));
    String failures = evaluated.path("failures").toString();
    assertTrue(failures, failures.contains("[window] of at least [from] + [size]"));
  }

  /** What an alias leaves out is in no window, as with a filter of the fusion. */
  @Test
  public void testLegsSeeWhatAnAliasShows() {
    String filter = "{\"term\": {\"shelf\": \"s1\"}}";
    String alias = "{\"actions\": [{\"add\": {\"index\": \"corners\", \"alias\": \"%s\", %s}}]}";
    String filtered = "\"filter\": " + filter;
    ok(api, "POST", "/_aliases", String.format(Locale.ROOT, alias, "shelf", filtered));
    for (int window : new int[] {5, 100}) {
      String options = ", \"window\": " + window;
      assertSame(
          search(options + ", " + filtered, ", \"size\": 5"),
          search("/shelf/_search", options, ", \"size\": 5"));
    }
    for (JsonNode hit : search("/shelf/_search", "", ALL).at("/hits/hits")) {
      assertEquals("s1", hit.at("/_source/shelf").asText());
    }
    String fused = "\"filter\": {\"fusion\": {\"legs\": [{\"query\": {\"match_all\": {}}}]}}";
    refused(
        api,
        400,
        "POST",
        "/_aliases",
        String.format(Locale.ROOT, alias, "fused", fused),
        "[fusion] must be part of a search");
    ok(api, "DELETE", "/corners/_alias/shelf", null);
  }

  /** A ranking is fused of all shards or not at all, whatever else of a search may be missing. */
  @Test
  public void testLegsNeedEveryShard() {
    ok(
        api,
        "PUT",
        "/lost?wait_for_active_shards=0",
        """
        {"settings": {"index.codec": "trident", "number_of_replicas": 0, "index.routing.allocation.require._name": "nowhere"},
         "mappings": {"properties": {"body": {"type": "text"}, "sparse": {"type": "impact_vector"}}}}
        """);
    for (String partial : List.of("true", "false")) {
      String path = "/corners,lost/_search?allow_partial_search_results=" + partial;
      refused(api, 503, "POST", path, request(), "[fusion] leg [", "failed");
      Api.Answer plain = api.call("POST", path, "{\"query\": {\"match\": {\"body\": \"river\"}}}");
      assertEquals(partial.equals("true") ? 200 : 503, plain.status());
    }
    ok(api, "DELETE", "/lost", null);
  }

  private static Map<String, Float> byId(JsonNode response) {
    Map<String, Float> byId = new HashMap<>();
    List<Float> scores = scores(response);
    ids(response).forEach(id -> byId.put(id, scores.get(byId.size())));
    return byId;
  }

  /** What a query makes of a fusion's documents is what it makes of their scores. */
  private static void assertScores(String query, BinaryOperator<Float> expected) {
    String filled = String.format(Locale.ROOT, query, fusion(""));
    Map<String, Float> found =
        byId(ok(api, "POST", "/corners/_search", "{\"query\": " + filled + ALL + "}"));
    Map<String, Float> fused = byId(search(ALL));
    assertEquals(filled, fused.keySet(), found.keySet());
    fused.forEach(
        (id, score) -> {
          float year = 2000 + Integer.parseInt(id) * 7 % DOCUMENTS;
          float wanted = expected.apply(score, year);
          assertEquals(filled + " of " + id, wanted, found.get(id), 1e-5f * Math.abs(wanted));
        });
  }

  @Test
  public void testQueriesAroundAFusionScoreByIt() {
    assertScores(
        "{\"function_score\": {\"query\": %s, \"functions\": [{\"field_value_factor\": {\"field\": \"year\"}}]}}",
        (score, year) -> score * year);
    assertScores(
        "{\"script_score\": {\"query\": %s, \"script\": {\"source\": \"_score + doc['year'].value\"}}}",
        Float::sum);
    assertScores(
        "{\"boosting\": {\"positive\": %s, \"negative\": {\"range\": {\"year\": {\"gte\": 2030}}}, \"negative_boost\": 0.5}}",
        (score, year) -> year >= 2030 ? score / 2 : score);
    assertScores(
        "{\"dis_max\": {\"queries\": [%s], \"tie_breaker\": 0.5}}", (score, year) -> score);
    assertScores("{\"constant_score\": {\"filter\": %s, \"boost\": 3}}", (score, year) -> 3f);
    String disMax =
        String.format(
            Locale.ROOT,
            "{\"query\": {\"dis_max\": {\"queries\": [%s, {\"constant_score\": {\"filter\": {\"match_all\": {}}, \"boost\": 0.5}}]}}%s}",
            fusion(""),
            ALL);
    Map<String, Float> fused = byId(search(ALL));
    Map<String, Float> found = byId(ok(api, "POST", "/corners/_search", disMax));
    assertEquals(DOCUMENTS, found.size());
    found.forEach(
        (id, score) -> assertEquals(id, Math.max(0.5f, fused.getOrDefault(id, 0f)), score, 1e-6f));
  }

  @Test
  public void testAPercolatorStoresNoFusion() {
    ok(
        api,
        "PUT",
        "/stored",
        """
        {"mappings": {"properties": {"query": {"type": "percolator"}, "body": {"type": "text"}}}}
        """);
    String match = "{\"match\": {\"body\": \"river\"}}";
    String fused = "{\"fusion\": {\"legs\": [{\"query\": " + match + "}]}}";
    for (String query :
        List.of(
            fused,
            "{\"bool\": {\"must\": [" + fused + "]}}",
            "{\"neural_text\": {\"body\": {\"text\": \"river\"}}}")) {
      refused(
          api,
          400,
          "POST",
          "/stored/_doc",
          "{\"query\": " + query + "}",
          "] must be part of a search");
    }
    ok(api, "PUT", "/stored/_doc/1?refresh=true", "{\"query\": " + match + "}");
    String percolate =
        "{\"percolate\": {\"field\": \"query\", \"document\": {\"body\": \"a river\"}}}";
    JsonNode leg =
        ok(
            api,
            "POST",
            "/stored/_search",
            "{\"query\": {\"fusion\": {\"legs\": [{\"query\": " + percolate + "}]}}}");
    assertEquals("a percolator's query may be a leg", List.of("1"), ids(leg));
    ok(api, "DELETE", "/stored", null);
  }
}
