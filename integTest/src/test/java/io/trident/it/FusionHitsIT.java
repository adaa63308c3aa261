/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.Test;

/** What the features of a search make of the hits of a fusion. */
public class FusionHitsIT extends FusionTestCase {

  @Test
  public void testHighlighters() {
    for (String type : new String[] {"unified", "plain", "fvh"}) {
      for (String counting : new String[] {"", ", \"track_total_hits\": true"}) {
        JsonNode found =
            search(
                ", \"size\": 60, \"highlight\": {\"type\": \""
                    + type
                    + "\", \"fields\": {\"body\": {}}}"
                    + counting);
        int highlighted = 0;
        for (JsonNode hit : found.path("hits").path("hits")) {
          boolean river = hit.path("_source").path("body").asText().contains("river");
          assertEquals(
              type + ": " + hit,
              river,
              hit.path("highlight").toString().contains("<em>river</em>"));
          highlighted += river ? 1 : 0;
        }
        assertEquals(FOUND, highlighted);
      }
    }
  }

  @Test
  public void testSearchAfterInAPointInTimePagesThroughTheRanking() {
    List<String> ranking = ranking();
    String pit =
        ok(api, "POST", "/corners/_search/point_in_time?keep_alive=1m", null)
            .path("pit_id")
            .asText();
    ok(api, "PUT", "/corners/_doc/late?refresh=true", "{\"body\": \"river river\"}");
    try {
      List<String> paged = new ArrayList<>();
      String after = "";
      while (true) {
        JsonNode page =
            search(
                "/_search",
                "",
                ", \"size\": 7, \"pit\": {\"id\": \""
                    + pit
                    + "\"}, \"sort\": [\"_score\", {\"_shard_doc\": \"asc\"}]"
                    + after);
        JsonNode hits = page.path("hits").path("hits");
        if (hits.isEmpty()) {
          break;
        }
        paged.addAll(ids(page));
        after = ", \"search_after\": " + hits.get(hits.size() - 1).path("sort");
      }
      assertEquals(ranking, paged);
    } finally {
      ok(api, "DELETE", "/_search/point_in_time", "{\"pit_id\": [\"" + pit + "\"]}");
      ok(api, "DELETE", "/corners/_doc/late?refresh=true", null);
    }
  }

  @Test
  public void testScrollPagesThroughTheRanking() {
    assertEquals(ranking(), scrolled("", ", \"size\": 7"));
  }

  @Test
  public void testCollapseKeepsTheBestOfEachGroup() {
    Set<String> shelves = new HashSet<>();
    List<String> expected = new ArrayList<>();
    for (String id : ranking()) {
      if (shelves.add("s" + Integer.parseInt(id) % 4)) {
        expected.add(id);
      }
    }
    JsonNode found =
        search(
            ", \"collapse\": {\"field\": \"shelf\", \"inner_hits\": {\"name\": \"rest\", \"size\": 3}}");
    assertEquals(expected, ids(found));
    for (JsonNode hit : found.path("hits").path("hits")) {
      JsonNode rest = hit.path("inner_hits").path("rest").path("hits").path("hits");
      assertEquals(3, rest.size());
      assertEquals(hit.path("_id"), rest.get(0).path("_id"));
      assertEquals(hit.path("_score").asDouble(), rest.get(0).path("_score").asDouble(), 1e-6);
    }
  }

  @Test
  public void testPostFilterAndMinScoreCutTheRanking() {
    JsonNode whole = search(", \"size\": 60");
    List<String> ranking = ids(whole);
    List<String> even = ranking.stream().filter(id -> Integer.parseInt(id) % 4 == 2).toList();
    assertEquals(
        even, ids(search(", \"size\": 60, \"post_filter\": {\"term\": {\"shelf\": \"s2\"}}")));
    double least = scores(whole).get(12);
    for (String counting : new String[] {"", ", \"track_total_hits\": true"}) {
      assertEquals(
          ranking.subList(0, 13),
          ids(search(", \"size\": 60, \"min_score\": " + least + counting)));
    }
  }

  @Test
  public void testRescoreChangesTheTop() {
    List<String> ranking = ranking();
    JsonNode rescored =
        search(
            ", \"size\": 60, \"rescore\": {\"window_size\": 60, \"query\": {\"rescore_query_weight\": 100, \"rescore_query\": {\"term\": {\"shelf\": \"s3\"}}}}");
    Set<String> expected =
        ranking.stream()
            .filter(id -> Integer.parseInt(id) % 4 == 3)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(expected, new TreeSet<>(ids(rescored).subList(0, expected.size())));
    JsonNode byFusion =
        ok(
            api,
            "POST",
            "/corners/_search",
            "{\"size\": 60, \"query\": {\"exists\": {\"field\": \"year\"}}, \"rescore\": {\"window_size\": 60, \"query\": {\"query_weight\": 0, \"rescore_query\": "
                + fusion("")
                + "}}}");
    assertEquals(ranking, ids(byFusion).subList(0, ranking.size()));
  }

  @Test
  public void testBoostsKeepTheOrderOfTies() {
    String ties =
        "{\"fusion\": {\"normalization\": \"none\", \"legs\": [{\"query\": {\"constant_score\": {\"filter\": {\"match\": {\"body\": \"river\"}}, \"boost\": %s}}}], \"boost\": %s}}";
    for (String leg : new String[] {"1", "0"}) {
      String plain = String.format(Locale.ROOT, ties, leg, "1");
      List<String> expected =
          ids(ok(api, "POST", "/corners/_search", "{\"size\": 60, \"query\": " + plain + "}"));
      assertEquals(FOUND, expected.size());
      assertEquals(new ArrayList<>(new TreeSet<>(expected)), expected);
      String boosted = String.format(Locale.ROOT, ties, leg, "1.1");
      String outer = "{\"bool\": {\"must\": [" + boosted + "], \"boost\": 0.3}}";
      for (String query : new String[] {boosted, outer}) {
        assertEquals(
            expected,
            ids(ok(api, "POST", "/corners/_search", "{\"size\": 60, \"query\": " + query + "}")));
      }
    }
  }

  @Test
  public void testAWindowAmongEqualScoresHasTheFirstDocumentsById() {
    String equal = "{\"constant_score\": {\"filter\": {\"range\": {\"year\": {\"gte\": 2000}}}}}";
    String query =
        "{\"size\": 5, \"query\": {\"fusion\": {\"window\": 5, \"legs\": [{\"query\": "
            + equal
            + "}]}}}";
    List<String> first =
        IntStream.range(0, DOCUMENTS).mapToObj(String::valueOf).sorted().limit(5).toList();
    assertEquals(first, ids(ok(api, "POST", "/corners/_search", query)));
  }
}
