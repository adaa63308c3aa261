/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;

import com.carrotsearch.randomizedtesting.annotations.Seed;
import com.carrotsearch.randomizedtesting.annotations.TimeoutSuite;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * Searches that differ in nothing that decides hits have the same hits, scores and order: with
 * aggregations, totals, a profile, explanations, highlights; page by page and at once; over one
 * shard and three; in slices. Searches are random, and the same every time, so that a change that
 * spoils one is told at once; with {@code -Dtests.metamorphic.minutes} and {@code -Dtests.seed} new
 * ones are tried for as long.
 */
@Seed("5EA2C4")
@TimeoutSuite(millis = 26 * 60 * 60 * 1000)
public class MetamorphicIT extends ClusterTestCase {

  private static final int MAX_FAILURES = 10;
  private static final int CASES_PER_MODE = 10;
  private static final int CASES = 100;
  private static final String REFUSED = "refused with ";
  private static final String SINGLE = "meta1";
  private static final String SHARDED = "meta3";

  private static Api api;

  /** A hit, or the words of a refusal. */
  private record Hit(String id, float score) {

    private boolean matches(Hit other) {
      return id.equals(other.id)
          && (Float.compare(score, other.score) == 0
              || Math.abs(score - other.score) <= 1e-6f * Math.abs(score));
    }
  }

  private static final List<Variation> VARIATIONS = new ArrayList<>(Variation.ALL);

  private final List<String> failures = new ArrayList<>();

  @BeforeClass
  public static void start() throws IOException {
    api = sharedNode();
    create(SINGLE, 1);
    create(SHARDED, 3);
    RandomSearches documents = new RandomSearches(new Random(randomLong()));
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < RandomSearches.DOCUMENTS; i++) {
      int id = rarely() ? randomIntBetween(0, i) : i;
      lines.add("{\"index\": {\"_id\": \"" + id + "\"}}");
      lines.add(json(documents.document(id)));
      if (rarely()) {
        lines.add("{\"delete\": {\"_id\": \"" + randomIntBetween(0, i) + "\"}}");
      }
      if (lines.size() > 40 || i == RandomSearches.DOCUMENTS - 1) {
        for (String index : List.of(SINGLE, SHARDED)) {
          ok(api, "POST", "/" + index + "/_bulk?refresh=true", String.join("\n", lines) + "\n");
        }
        lines.clear();
      }
    }
    Map<String, Object> range = Map.of("range", Map.of("n", Map.of("gte", 1, "lt", 400)));
    Map<String, Object> ofCore =
        Variation.PLAIN_HIGHLIGHT.of(
            Map.of(
                "query",
                Map.of(
                    "bool",
                    Map.of("must", Map.of("exists", Map.of("field", "body")), "filter", range))));
    if (api.call("POST", "/" + SINGLE + "/_search", json(ofCore)).status() == 200) {
      VARIATIONS.add(Variation.PLAIN_HIGHLIGHT);
    }
  }

  /**
   * Nothing is merged, and no segment dropped whose documents are all deleted, so that deleted
   * documents count alike in all statistics.
   */
  private static void create(String name, int shards) {
    ok(
        api,
        "PUT",
        "/" + name,
        "{\"settings\": {\"index.codec\": \"trident\", \"number_of_replicas\": 0, \"number_of_shards\": "
            + shards
            + ", \"refresh_interval\": -1, \"index.soft_deletes.retention.operations\": 1000000, \"index.merge.policy.segments_per_tier\": 1000,"
            + " \"index.merge.policy.max_merge_at_once\": 1000,"
            + " \"index.merge.policy.floor_segment\": \"1b\"}, \"mappings\": "
            + RandomSearches.MAPPING
            + "}");
  }

  private static String json(Object value) {
    try {
      return Api.JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  public void testWhatDecidesNoHitChangesNone() {
    int minutes = Integer.getInteger("tests.metamorphic.minutes", 0);
    long start = System.nanoTime();
    long end = start + TimeUnit.MINUTES.toNanos(minutes);
    int cases = 0;
    while (failures.size() < MAX_FAILURES
        && (minutes == 0 ? cases < CASES : System.nanoTime() < end)) {
      if (cases % CASES_PER_MODE == 0) {
        segmentsInSlices(cases / CASES_PER_MODE % 2 == 1);
      }
      check(new Random(randomLong()));
      cases++;
    }
    double took = (System.nanoTime() - start) / (double) TimeUnit.MINUTES.toNanos(1);
    System.out.printf(Locale.ROOT, "%d searches, %.0f per minute%n", cases, cases / took);
    assertEquals(String.join("\n\n", failures), 0, failures.size());
  }

  /** What random searches have found. */
  @Test
  public void testProfilesAndPlainHighlightsOfQueriesInsideOfOthers() throws IOException {
    String sparse = "{\"learned_sparse\": {\"sparse\": {\"tokens\": {\"w0\": 1}, \"boost\": 2.5}}}";
    String dense =
        "{\"dense\": {\"dense\": {\"vector\": [1, 0, 0, 0], \"filter\": {\"dense\": {\"dense\": {"
            + "\"vector\": [0, 1, 0, 0], \"filter\": {\"range\": {\"n\": {\"gte\": 20}}}}}}}}}";
    String passages =
        "{\"top_passages\": {\"path\": \"notes\", \"query\": {\"dense\": {\"notes.dense\": {\"vector\": [1, 0, 0, 0]}}}}}";
    String plain = "{\"learned_sparse\": {\"sparse\": {\"tokens\": {\"w0\": 1}}}}";
    String nowhere = "{\"bool\": {\"must\": [{\"match\": {\"body\": \"absent\"}}, " + plain + "]}}";
    String twice = "{\"bool\": {\"should\": [" + nowhere + ", " + plain + "]}}";
    String bySparse =
        "{\"dense\": {\"dense\": {\"vector\": [1, 0, 0, 0], \"filter\": " + sparse + "}}}";
    for (boolean slices : new boolean[] {false, true}) {
      segmentsInSlices(slices);
      for (String query : List.of(sparse, twice, dense, bySparse, passages)) {
        for (String around :
            List.of(
                "%s", "{\"function_score\": {\"query\": %s}}", "{\"bool\": {\"should\": [%s]}}")) {
          Map<?, ?> parsed = Api.JSON.readValue(around.replace("%s", query), Map.class);
          Map<String, Object> search = new LinkedHashMap<>(Map.of("query", parsed));
          for (String index : List.of(SINGLE, SHARDED)) {
            List<Hit> expected = hits(index, "", search);
            for (Variation variation : VARIATIONS) {
              List<Hit> found = hits(index, variation.parameters(), variation.of(search));
              compare(variation.name(), index, search, expected, found);
            }
          }
        }
      }
    }
    assertEquals(String.join("\n\n", failures), 0, failures.size());
  }

  private static void segmentsInSlices(boolean slices) {
    ok(
        api,
        "PUT",
        "/_cluster/settings",
        "{\"persistent\": {\"search.concurrent_segment_search.mode\": \""
            + (slices ? "all" : "none")
            + "\", \"search.concurrent.max_slice_count\": 3}}");
  }

  private void check(Random random) {
    boolean spread = random.nextBoolean();
    Map<String, Object> search = new RandomSearches(random).search(spread);
    String index = random.nextBoolean() ? SINGLE : SHARDED;
    List<Hit> expected = hits(index, "", search);
    if (expected.size() == 1 && expected.get(0).id().startsWith(REFUSED)) {
      failures.add(expected + " is no answer of /" + index + " " + json(search));
      return;
    }
    for (int i = 0; i < 4; i++) {
      Variation variation = VARIATIONS.get(random.nextInt(VARIATIONS.size()));
      compare(
          variation.name(),
          index,
          search,
          expected,
          hits(index, variation.parameters(), variation.of(search)));
    }
    checkPages(random, index, search, expected);
    if (spread) {
      String dfs = "search_type=dfs_query_then_fetch";
      compare("shards", SINGLE, search, hits(SINGLE, dfs, search), hits(SHARDED, dfs, search));
    }
  }

  /**
   * The beginning of a page is the page that ends there; a rescorer sorts no more than its window.
   */
  private void checkPages(
      Random random, String index, Map<String, Object> search, List<Hit> expected) {
    if (search.containsKey("rescore") || expected.size() < 2) {
      return;
    }
    int cut = 1 + random.nextInt(expected.size() - 1);
    Map<String, Object> first = new LinkedHashMap<>(search);
    first.put("size", cut);
    compare("size " + cut, index, search, expected.subList(0, cut), hits(index, "", first));
    Map<String, Object> rest = new LinkedHashMap<>(search);
    rest.put("from", (int) search.get("from") + cut);
    rest.put("size", (int) search.get("size") - cut);
    compare(
        "from " + cut,
        index,
        search,
        expected.subList(cut, expected.size()),
        hits(index, "", rest));
  }

  private void compare(
      String what, String index, Map<String, Object> search, List<Hit> expected, List<Hit> found) {
    boolean same = expected.size() == found.size();
    for (int i = 0; same && i < found.size(); i++) {
      same = expected.get(i).matches(found.get(i));
    }
    if (same == false) {
      failures.add(
          what
              + " changes hits of /"
              + index
              + " "
              + json(search)
              + "\nexpected "
              + expected
              + "\nfound    "
              + found);
    }
  }

  private static List<Hit> hits(String index, String parameters, Map<String, Object> search) {
    Api.Answer answer = api.call("POST", "/" + index + "/_search?" + parameters, json(search));
    if (answer.status() != 200) {
      return List.of(new Hit(REFUSED + answer.status() + " " + answer.body(), 0));
    }
    List<Hit> hits = new ArrayList<>();
    for (JsonNode hit : answer.body().path("hits").path("hits")) {
      hits.add(new Hit(hit.path("_id").asText(), (float) hit.path("_score").asDouble(Double.NaN)));
    }
    return hits;
  }
}
