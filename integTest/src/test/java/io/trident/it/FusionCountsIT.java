/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.Test;

/** What is counted and aggregated next to a fusion, which changes no hit of it. */
public class FusionCountsIT extends FusionTestCase {

  @Test
  public void testASortOrdersTheFusedDocumentsWhateverIsCounted() {
    Set<String> fused = new TreeSet<>(ids(search(", \"window\": 10", ", \"size\": 10")));
    String sorted = ", \"size\": 10, \"sort\": [{\"year\": \"desc\"}]";
    JsonNode plain = search("/corners/_search", ", \"window\": 10", sorted);
    JsonNode counted =
        search(
            "/corners/_search",
            ", \"window\": 10",
            sorted
                + ", \"track_total_hits\": true, \"aggs\": {\"years\": {\"value_count\": {\"field\": \"year\"}}}");
    assertEquals(ids(plain), ids(counted));
    assertTrue(fused.size() <= counted.path("hits").path("total").path("value").asInt());
    assertEquals(
        counted.path("hits").path("total").path("value").asInt(),
        counted.path("aggregations").path("years").path("value").asInt());
    int before = Integer.MAX_VALUE;
    for (JsonNode hit : plain.path("hits").path("hits")) {
      int year = hit.path("_source").path("year").asInt();
      assertTrue(year < before);
      before = year;
    }
  }

  @Test
  public void testAggregationsAndTotalsCoverWhatTheLegsMatch() {
    String legs =
        """
        {"size": 0, "track_total_hits": true, "query": {"bool": {"should": [
          {"match": {"body": "river"}}, {"terms": {"shelf": []}},
          {"learned_sparse": {"sparse": {"tokens": {"sand": 1, "sea": 0.5}}}}]}},
          "aggs": {"shelves": {"terms": {"field": "shelf"}}}}
        """;
    JsonNode every = ok(api, "POST", "/corners/_search", legs);
    JsonNode fused =
        search(
            ", \"window\": 10",
            ", \"track_total_hits\": true, \"aggs\": {\"shelves\": {\"terms\": {\"field\": \"shelf\"}}}");
    assertEquals(every.path("hits").path("total"), fused.path("hits").path("total"));
    assertEquals(every.path("aggregations"), fused.path("aggregations"));
    assertEquals(ids(search(", \"window\": 10", "")), ids(fused));
  }

  @Test
  public void testCountsAndBulkChanges() {
    JsonNode counted =
        ok(api, "POST", "/corners/_count", "{\"query\": " + fusion(", \"window\": 10") + "}");
    JsonNode every = search(", \"size\": 0, \"track_total_hits\": true");
    assertEquals(
        every.path("hits").path("total").path("value").asInt(), counted.path("count").asInt());
    String reindex =
        "{\"source\": {\"index\": \"corners\", \"query\": %s}, \"dest\": {\"index\": \"chosen\"}}";
    refused(
        api,
        400,
        "POST",
        "/_reindex",
        String.format(Locale.ROOT, reindex, fusion(", \"window\": 999")),
        "[fusion]",
        "[999]",
        "size [1000]");
    JsonNode copied =
        ok(
            api,
            "POST",
            "/_reindex?refresh=true",
            String.format(Locale.ROOT, reindex, fusion(", \"window\": 1000")));
    assertEquals(ranking().size(), copied.path("created").asInt());
    ok(api, "DELETE", "/chosen", null);
  }

  /** What is counted or aggregated changes no hit, wherever the fusion stands. */
  @Test
  public void testCountsAndAggregationsChangeNoHits() {
    String ten = fusion(", \"window\": 10");
    String script = "\"script_score\": {\"script\": \"40 - doc['year'].value % 40\"}";
    List<String> searches =
        List.of(
            "\"query\": {\"function_score\": {\"query\": %s, \"boost_mode\": \"sum\", "
                + script
                + "}}",
            "\"query\": {\"function_score\": {\"query\": %s, \"boost_mode\": \"replace\", "
                + script
                + "}}",
            "\"query\": {\"script_score\": {\"query\": %s, \"script\": {\"source\": \"1.0 / doc['year'].value\"}}}",
            "\"query\": {\"constant_score\": {\"filter\": %s}}",
            "\"query\": {\"bool\": {\"must\": [%s], \"should\": [{\"term\": {\"shelf\": \"s3\"}}]}}",
            "\"query\": {\"bool\": {\"must\": [{\"match_all\": {}}], \"filter\": [%s]}}",
            "\"query\": {\"bool\": {\"must\": [{\"match_all\": {}}], \"must_not\": [%s]}}",
            "\"query\": {\"match_all\": {}}, \"post_filter\": %s",
            "\"query\": %s, \"post_filter\": {\"range\": {\"year\": {\"gte\": 2020}}}",
            "\"query\": %s, \"sort\": [{\"_score\": \"asc\"}]",
            "\"query\": %s, \"sort\": [{\"year\": \"asc\"}]",
            "\"query\": %s, \"collapse\": {\"field\": \"shelf\"}",
            "\"query\": %s, \"rescore\": {\"window_size\": 60, \"query\": {\"rescore_query\": {\"term\": {\"shelf\": \"s3\"}}}}",
            "\"query\": {\"exists\": {\"field\": \"year\"}}, \"rescore\": {\"window_size\": 60, \"query\": {\"score_mode\": \"multiply\", \"rescore_query\": %s}}",
            "\"query\": {\"fusion\": {\"combination\": \"rrf\", \"legs\": [{\"query\": %s}, {\"query\": {\"match\": {\"body\": \"sea\"}}}]}}");
    for (String search : searches) {
      String body =
          search.replace("%s", ten)
              + ", \"size\": "
              + (search.startsWith("\"query\": %s") ? 10 : 60);
      JsonNode plain = ok(api, "POST", "/corners/_search", "{" + body + "}");
      for (String counting :
          new String[] {
            ", \"track_total_hits\": true",
            ", \"aggs\": {\"a\": {\"terms\": {\"field\": \"shelf\"}}}",
            ", \"track_total_hits\": true, \"aggs\": {\"a\": {\"terms\": {\"field\": \"shelf\"}}}"
          }) {
        JsonNode counted = ok(api, "POST", "/corners/_search", "{" + body + counting + "}");
        assertEquals(search + counting, ids(plain), ids(counted));
        assertEquals(search + counting, scores(plain), scores(counted));
      }
    }
  }

  @Test
  public void testAScrollEndsWithTheFusedDocumentsWhateverIsCounted() {
    String terms = ", \"size\": 7, \"aggs\": {\"a\": {\"terms\": {\"field\": \"shelf\"}}}";
    String window = ", \"window\": 10";
    assertEquals(scrolled(window, ", \"size\": 7"), scrolled(window, terms));
  }

  /** The total of a search with and without hits, a post filter and a minimal score. */
  @Test
  public void testTotalsCoverWhatTheLegsMatch() {
    String counted = ", \"track_total_hits\": true";
    String filter = ", \"post_filter\": {\"term\": {\"shelf\": \"s2\"}}";
    int every = total(search(", \"window\": 10", counted + ", \"size\": 0"));
    assertTrue(every > FOUND);
    assertEquals(every, total(search(", \"window\": 10", counted)));
    assertEquals(
        total(search(", \"window\": 60", ", \"size\": 60" + filter)),
        total(search(", \"window\": 10", counted + filter)));
    int fused = total(search(", \"window\": 10", ""));
    assertTrue(fused < every);
    assertEquals(fused, total(search(", \"window\": 10", counted + ", \"min_score\": 1e-9")));
  }

  private static int total(JsonNode response) {
    return response.path("hits").path("total").path("value").asInt();
  }
}
