package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import io.trident.cluster.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.BeforeClass;
import org.junit.Test;

/** A fusion with each feature of a search that has something to do with its query. */
public class FusionCornersIT extends ClusterTestCase {

  private static final String MAPPING =
      """
      {"settings": {"index.codec": "trident", "number_of_shards": %d, "number_of_replicas": 0},
       "mappings": {"properties": {
         "body": {"type": "text", "term_vector": "with_positions_offsets"},
         "year": {"type": "integer"}, "shelf": {"type": "keyword"},
         "sparse": {"type": "impact_vector"},
         "notes": {"type": "nested", "properties": {"text": {"type": "text"}}}}}}
      """;
  private static final String[] WORDS = {"river", "sand", "mountain", "sea", "stone", "boat"};
  private static final int DOCUMENTS = 60;
  private static final int FOUND = 40;

  private static Api api;

  @BeforeClass
  public static void start() throws IOException {
    Node node = node(List.of(), Map.of());
    api = node.api();
    int shards = randomIntBetween(1, 3);
    ok(api, "PUT", "/corners", String.format(Locale.ROOT, MAPPING, shards));
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < DOCUMENTS; i++) {
      String other = WORDS[1 + i % (WORDS.length - 1)];
      String body = i < FOUND ? "the river ".repeat(1 + i % 3) + other : "nothing of that";
      lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
      lines.add(
          String.format(
              Locale.ROOT,
              "{\"body\": \"%s\", \"year\": %d, \"shelf\": \"s%d\", \"sparse\": {\"%s\": %f},"
                  + " \"notes\": [{\"text\": \"a note on %s\"}, {\"text\": \"an empty page\"}]}",
              body,
              2000 + i * 7 % DOCUMENTS,
              i % 4,
              other,
              0.5 + i % 5,
              other));
    }
    bulk(api, "corners", lines);
  }

  private static String fusion(String options) {
    return """
        {"fusion": {"legs": [
          {"name": "words", "query": {"match": {"body": {"query": "river", "_name": "by words"}}}},
          {"name": "tokens", "query": {"learned_sparse": {"sparse": {"tokens": {"sand": 1, "sea": 0.5}}}}}]
        """
        + options
        + "}}";
  }

  private static JsonNode search(String path, String options, String rest) {
    return ok(api, "POST", path, "{\"query\": " + fusion(options) + rest + "}");
  }

  private static JsonNode search(String rest) {
    return search("/corners/_search", "", rest);
  }

  private static List<String> ranking() {
    return ids(search(", \"size\": 60"));
  }

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
    List<String> ranking = ranking();
    JsonNode page = search("/corners/_search?scroll=1m", "", ", \"size\": 7");
    List<String> paged = new ArrayList<>();
    while (ids(page).isEmpty() == false) {
      paged.addAll(ids(page));
      page =
          ok(
              api,
              "POST",
              "/_search/scroll",
              "{\"scroll\": \"1m\", \"scroll_id\": \"" + page.path("_scroll_id").asText() + "\"}");
    }
    ok(
        api,
        "DELETE",
        "/_search/scroll",
        "{\"scroll_id\": \"" + page.path("_scroll_id").asText() + "\"}");
    assertEquals(ranking, paged);
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

  private static JsonNode search(String options, String rest) {
    return search("/corners/_search", options, rest);
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

  @Test
  public void testWhatIsRefused() {
    refused(
        api,
        400,
        "POST",
        "/corners/_search?scroll=1m",
        "{\"slice\": {\"id\": 0, \"max\": 2}, \"query\": " + fusion("") + "}",
        "[fusion]",
        "[slice]");
    refused(
        api,
        400,
        "POST",
        "/corners/_search",
        "{\"query\": {\"nested\": {\"path\": \"notes\", \"query\": " + fusion("") + "}}}",
        "[fusion]",
        "[nested]");
    refused(
        api,
        400,
        "POST",
        "/corners/_search",
        "{\"query\": "
            + fusion(", \"window\": 30")
            + ", \"ext\": {\"cross_encoder\": {\"query\": \"x\", \"field\": \"body\", \"window\": 31}}}",
        "[cross_encoder]",
        "[fusion]",
        "[30]",
        "[31]");
    refused(
        api,
        400,
        "POST",
        "/corners/_search",
        "{\"terminate_after\": 5, \"query\": " + fusion("") + "}",
        "[fusion]",
        "[terminate_after]");
    refused(api, 400, "POST", "/corners/_explain/1", "{\"query\": " + fusion("") + "}", "[fusion]");
    for (String body :
        new String[] {
          "{\"learned_sparse\": {\"sparse\": {\"text\": null}}}",
          "{\"learned_sparse\": {\"sparse\": {\"text\": {\"a\": 1}}}}",
          "{\"learned_sparse\": {\"sparse\": {\"text\": \"x\", \"model\": null}}}",
          "{\"learned_sparse\": {\"sparse\": {\"text\": \"x\", \"_name\": null}}}"
        }) {
      refused(
          api,
          400,
          "POST",
          "/corners/_search",
          "{\"query\": " + body + "}",
          "[learned_sparse] on field [sparse] must have a string under");
    }
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

  /** A leg that would run for a minute and more ends with its search. */
  @Test
  public void testCancellingASearchCancelsItsLegs() {
    ok(api, "PUT", "/slow", "{\"settings\": {\"number_of_shards\": 1, \"number_of_replicas\": 0}}");
    for (int segment = 0; segment < 60; segment++) {
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < 25; i++) {
        lines.add("{\"index\": {}}");
        lines.add("{\"n\": " + i + "}");
      }
      bulk(api, "slow", lines);
    }
    String slow =
        """
        {"query": {"fusion": {"legs": [{"name": "slow", "query": {"script_score": {
          "query": {"match_all": {}}, "script": {"source":
            "double s = 0; for (int i = 0; i < 900000; i++) { s += Math.sin(i) + Math.pow(i, 0.3); } return Math.abs(s);"}}}}]}}}
        """;
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
