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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.Test;

/** What legs see, name and report, and how they end. */
public class FusionLegsIT extends FusionTestCase {

  @Test
  public void testInnerHitsOfALeg() {
    JsonNode found =
        ok(
            api,
            "POST",
            "/corners/_search",
            """
            {"size": 5, "query": {"fusion": {"legs": [
              {"query": {"nested": {"path": "notes", "inner_hits": {},
                "query": {"match": {"notes.text": "sand"}}}}},
              {"query": {"match": {"body": "sand"}}}]}}}
            """);
    assertEquals(5, ids(found).size());
    for (JsonNode hit : found.path("hits").path("hits")) {
      String notes = hit.path("inner_hits").path("notes").path("hits").path("hits").toString();
      assertTrue(notes, notes.contains("a note on sand"));
      assertFalse(notes, notes.contains("an empty page"));
    }
  }

  @Test
  public void testNamedQueriesOfLegs() {
    for (JsonNode hit : search("").path("hits").path("hits")) {
      boolean river = hit.path("_source").path("body").asText().contains("river");
      assertEquals(river, hit.path("matched_queries").toString().contains("by words"));
    }
  }

  @Test
  public void testAProfileShowsTheLegs() {
    JsonNode profiled = search(", \"profile\": true");
    JsonNode legs = profiled.path("ext").path("fusion").path("legs");
    Map<String, Integer> candidates = new TreeMap<>();
    for (JsonNode leg : legs) {
      assertTrue(leg.toString(), leg.path("took").isIntegralNumber());
      candidates.put(leg.path("name").asText(), leg.path("candidates").asInt());
    }
    assertEquals(Map.of("words", FOUND, "tokens", 24), candidates);
    Set<String> profiles = new TreeSet<>();
    for (JsonNode shard : profiled.path("profile").path("shards")) {
      profiles.add(shard.path("id").asText().replaceAll("\\[[^\\]]{15,}\\].*", "node"));
    }
    assertEquals(Set.of("leg [tokens] node", "leg [words] node", "node"), profiles);
    assertTrue(search("").path("ext").isMissingNode());
  }

  @Test
  public void testAFailingLegIsNamed() {
    refused(
        api,
        400,
        "POST",
        "/corners/_search",
        """
        {"query": {"fusion": {"legs": [{"name": "fine", "query": {"match_all": {}}},
          {"name": "broken", "query": {"range": {"year": {"gte": "soon"}}}}]}}}
        """,
        "[fusion] leg [broken] failed",
        "soon");
  }

  /**
   * The script of the inner hits fails for documents that the leg finds, but not for the page's.
   */
  @Test
  public void testLegsFetchNoInnerHits() {
    JsonNode found =
        ok(
            api,
            "POST",
            "/corners/_search",
            """
            {"size": 2, "query": {"fusion": {"legs": [
              {"query": {"bool": {
                "must": [{"function_score": {"query": {"exists": {"field": "year"}}, "field_value_factor": {"field": "year"}}}],
                "should": [{"nested": {"path": "notes", "query": {"match_all": {}}, "score_mode": "none", "inner_hits": {"script_fields": {
                  "text": {"script": {"source":
                    "if (doc['notes.of'].value < 10) { throw new IllegalStateException('unwanted') } return 1"}}}}}}]}}}]}}}
            """);
    assertEquals(2, found.path("hits").path("hits").size());
    String join =
        "{\"settings\": {\"index.codec\": \"trident\"}, \"mappings\": {\"properties\": {"
            + "\"join\": {\"type\": \"join\", \"relations\": {\"question\": \"answer\"}}, \"text\": {\"type\": \"text\"}}}}";
    ok(api, "PUT", "/joined", join);
    ok(api, "PUT", "/joined/_doc/1", "{\"join\": \"question\"}");
    ok(
        api,
        "PUT",
        "/joined/_doc/2?routing=1&refresh=true",
        "{\"join\": {\"name\": \"answer\", \"parent\": \"1\"}, \"text\": \"pear\"}");
    String child =
        "{\"has_child\": {\"type\": \"answer\", \"query\": {\"match\": {\"text\": \"pear\"}}, \"inner_hits\": {}}}";
    String parent =
        "{\"has_parent\": {\"parent_type\": \"question\", \"query\": {\"match_all\": {}}, \"inner_hits\": {}}}";
    for (String query : new String[] {child, parent}) {
      JsonNode alone = ok(api, "POST", "/joined/_search", "{\"query\": " + query + "}");
      JsonNode fused =
          ok(
              api,
              "POST",
              "/joined/_search",
              "{\"query\": {\"fusion\": {\"legs\": [{\"query\": " + query + "}]}}}");
      assertEquals(
          alone.path("hits").path("hits").get(0).path("inner_hits"),
          fused.path("hits").path("hits").get(0).path("inner_hits"));
    }
    ok(api, "DELETE", "/joined", null);
  }

  /**
   * On one shard: OpenSearch empties what a request derives while its first shard on a node parses
   * it, and a query of any kind has no hits on the others then (OpenSearch issue 22882).
   */
  @Test
  public void testLegsSeeFieldsThatTheRequestDerives() {
    ok(
        api,
        "PUT",
        "/derived",
        "{\"settings\": {\"number_of_shards\": 1, \"number_of_replicas\": 0}}");
    List<String> lines = new ArrayList<>();
    Set<String> late = new TreeSet<>();
    Set<String> words = new TreeSet<>();
    for (int i = 0; i < DOCUMENTS; i++) {
      int year = 2000 + i * 7 % DOCUMENTS;
      String word = WORDS[i % WORDS.length];
      lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
      lines.add("{\"body\": \"" + word + "\", \"year\": " + year + "}");
      if (year / 2 >= 1015) {
        late.add(String.valueOf(i));
        if (word.equals("river")) {
          words.add(String.valueOf(i));
        }
      }
    }
    bulk(api, "derived", lines);
    String derived =
        ", \"size\": 60, \"derived\": {\"half\": {\"type\": \"long\", \"script\": {\"source\": \"emit(doc['year'].value / 2)\"}}}}";
    String range = "{\"range\": {\"half\": {\"gte\": 1015}}}";
    String river = "{\"match\": {\"body\": \"river\"}}";
    assertEquals(
        late,
        found("{\"query\": {\"fusion\": {\"legs\": [{\"query\": " + range + "}]}}" + derived));
    assertEquals(
        words,
        found(
            "{\"query\": {\"fusion\": {\"legs\": [{\"query\": "
                + river
                + "}], \"filter\": "
                + range
                + "}}"
                + derived));
  }

  private static Set<String> found(String request) {
    return new TreeSet<>(ids(ok(api, "POST", "/derived/_search", request)));
  }

  @Test
  public void testAProfileShowsTheLegsOfEveryFusion() {
    String inner =
        "{\"fusion\": {\"legs\": [{\"name\": \"%s\", \"query\": {\"match\": {\"body\": \"river\"}}}]}}";
    JsonNode profiled =
        ok(
            api,
            "POST",
            "/corners/_search",
            String.format(
                Locale.ROOT,
                "{\"profile\": true, \"query\": {\"bool\": {\"should\": ["
                    + inner
                    + ", {\"fusion\": {\"legs\": [{\"name\": \"outer\", \"query\": "
                    + inner
                    + "}]}}]}}}",
                "first",
                "inner"));
    Set<String> names = new TreeSet<>();
    profiled
        .path("ext")
        .path("fusion")
        .path("legs")
        .forEach(leg -> names.add(leg.path("name").asText()));
    assertEquals(Set.of("first", "inner", "outer"), names);
  }

  /** A leg names the documents of its window, and no others that match it. */
  @Test
  public void testALegNamesWhatItFound() {
    JsonNode found =
        ok(
            api,
            "POST",
            "/corners/_search",
            """
            {"size": 10, "explain": true, "query": {"fusion": {"window": 10, "legs": [
              {"name": "words", "query": {"match": {"body": {"query": "river", "_name": "by words"}}}},
              {"name": "years", "query": {"function_score": {"query": {"exists": {"field": "year", "_name": "by year"}},
                 "field_value_factor": {"field": "year"}}}}]}}}
            """);
    int unnamed = 0;
    for (JsonNode hit : found.path("hits").path("hits")) {
      for (String[] leg : new String[][] {{"words", "by words"}, {"years", "by year"}}) {
        boolean missed =
            hit.path("_explanation").toString().contains("leg [" + leg[0] + "] did not find it");
        assertEquals(
            hit.toString(),
            missed == false,
            hit.path("matched_queries").toString().contains(leg[1]));
        unnamed += missed ? 1 : 0;
      }
    }
    assertTrue(found.toString(), unnamed > 0);
  }

  private static final String SLOW =
      """
      {"script_score": {"query": {"match_all": {}}, "script": {"source":
        "double s = 0; for (int i = 0; i < 900000; i++) { s += Math.sin(i) + Math.pow(i, 0.3); } return Math.abs(s);"}}}
      """;

  /** One leg fails at once; the other would run for a minute and more. */
  @Test
  public void testAFailingLegEndsTheOthers() {
    slowIndex("failing");
    long start = System.nanoTime();
    refused(
        api,
        400,
        "POST",
        "/failing/_search",
        "{\"query\": {\"fusion\": {\"legs\": [{\"name\": \"slow\", \"query\": "
            + SLOW
            + "}, {\"name\": \"broken\", \"query\": {\"range\": {\"n\": {\"gte\": \"soon\"}}}}]}}}",
        "[fusion] leg [broken] failed");
    long seconds = (System.nanoTime() - start) / 1_000_000_000;
    assertTrue("took " + seconds + " s", seconds < 30);
    assertEquals("no leg is left", null, parentOfALeg());
    refused(
        api,
        504,
        "POST",
        "/failing/_search",
        "{\"timeout\": \"50ms\", \"query\": {\"fusion\": {\"legs\": [{\"name\": \"slow\", \"query\": "
            + SLOW
            + "}]}}}",
        "[fusion] leg [slow] failed");
    ok(api, "DELETE", "/failing", null);
  }

  /** Many small segments, because a search looks between them whether it is cancelled. */
  private static void slowIndex(String name) {
    ok(
        api,
        "PUT",
        "/" + name,
        """
        {"settings": {"number_of_shards": 1, "number_of_replicas": 0, "index.merge.policy.floor_segment": "1b",
          "index.merge.policy.segments_per_tier": 1000, "index.merge.policy.max_merge_at_once": 1000}}
        """);
    for (int segment = 0; segment < 60; segment++) {
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        lines.add("{\"index\": {}}");
        lines.add("{\"n\": " + i + "}");
      }
      bulk(api, name, lines);
    }
  }

  /** A leg that would run for a minute and more ends with its search. */
  @Test
  public void testCancellingASearchCancelsItsLegs() {
    slowIndex("slow");
    String fast = "{\"fusion\": {\"legs\": [{\"query\": {\"match_all\": {}}}]}}";
    String slow =
        "{\"query\": {\"fusion\": {\"legs\": [{\"query\": "
            + fast
            + "}, {\"name\": \"slow\", \"query\": {\"bool\": {\"must\": ["
            + SLOW
            + "], \"should\": ["
            + fast
            + "]}}}]}}}";
    CompletableFuture<Api.Answer> answer =
        CompletableFuture.supplyAsync(() -> api.call("POST", "/slow/_search", slow));
    String parent = null;
    while (parent == null) {
      assertFalse(answer.isDone() ? String.valueOf(answer.join().body()) : "", answer.isDone());
      parent = parentOfALeg();
    }
    long start = System.nanoTime();
    ok(api, "POST", "/_tasks/" + parent + "/_cancel", null);
    assertTrue(answer.join().toString(), answer.join().status() >= 400);
    assertEquals("no leg is left", null, parentOfALeg());
    long seconds = (System.nanoTime() - start) / 1_000_000_000;
    assertTrue("took " + seconds + " s", seconds < 30);
    ok(api, "DELETE", "/slow", null);
  }

  private static String parentOfALeg() {
    JsonNode tasks = ok(api, "GET", "/_tasks?actions=indices:data/read/search&group_by=none", null);
    for (JsonNode task : tasks.path("tasks")) {
      if (task.has("parent_task_id")) {
        return task.path("parent_task_id").asText();
      }
    }
    return null;
  }
}
