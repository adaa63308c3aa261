package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
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
import java.util.stream.IntStream;
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
         "notes": {"type": "nested", "properties": {"text": {"type": "text"}, "of": {"type": "integer"}}}}}}
      """;
  private static final String[] WORDS = {"river", "sand", "mountain", "sea", "stone", "boat"};
  private static final int DOCUMENTS = 60;
  private static final int FOUND = 40;

  private static Api api;

  @BeforeClass
  public static void start() throws IOException {
    api = node(List.of(), Map.of()).api();
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
                  + " \"notes\": [{\"text\": \"a note on %s\", \"of\": %d}, {\"text\": \"an empty page\", \"of\": %d}]}",
              body,
              2000 + i * 7 % DOCUMENTS,
              i % 4,
              other,
              0.5 + i % 5,
              other,
              i,
              i));
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
    assertEquals(ranking(), scrolled("", ", \"size\": 7"));
  }

  /** The hits of all pages. */
  private static List<String> scrolled(String options, String rest) {
    JsonNode page = search("/corners/_search?scroll=1m", options, rest);
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
    return paged;
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

  /** A node allows 1,024 clauses in a query. */
  @Test
  public void testClausesOfLegsDoNotAddUp() {
    List<String> clauses = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      clauses.add("{\"term\": {\"body\": \"" + (i == 0 ? "river" : "w" + i) + "\"}}");
    }
    String leg = "{\"query\": {\"bool\": {\"should\": [" + String.join(",", clauses) + "]}}}";
    String legs = "{\"fusion\": {\"window\": 10, \"legs\": [" + leg + "," + leg + "," + leg + "]}}";
    String terms = ", \"aggs\": {\"a\": {\"terms\": {\"field\": \"shelf\"}}}";
    for (String rest :
        new String[] {
          "",
          ", \"track_total_hits\": true",
          terms,
          ", \"explain\": true, \"size\": 2" + terms,
          ", \"highlight\": {\"fields\": {\"body\": {}}}"
        }) {
      JsonNode found = ok(api, "POST", "/corners/_search", "{\"query\": " + legs + rest + "}");
      assertEquals(rest, rest.contains("explain") ? 2 : 10, ids(found).size());
    }
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

  @Test
  public void testAFusionInsideOfNestedIsRefusedWhateverItsLegsFind() {
    for (String word : new String[] {"note", "nothing-like-it"}) {
      for (String query : new String[] {"nested", "top_passages"}) {
        refused(
            api,
            400,
            "POST",
            "/corners/_search",
            "{\"query\": {\""
                + query
                + "\": {\"path\": \"notes\", \"query\": {\"fusion\": {\"legs\": ["
                + "{\"query\": {\"match\": {\"notes.text\": \""
                + word
                + "\"}}}]}}}}}",
            "[fusion]",
            "[nested]");
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

  @Test
  public void testWindowsWithinTheLimitOfTheIndexWork() {
    ok(api, "PUT", "/corners/_settings", "{\"index.max_result_window\": 50}");
    try {
      for (int window : new int[] {10, 39, 50}) {
        assertEquals(10, ids(search(", \"window\": " + window, "")).size());
      }
      refused(
          api,
          400,
          "POST",
          "/corners/_search",
          "{\"query\": " + fusion(", \"window\": 51") + "}",
          "[fusion] leg [",
          "index.max_result_window");
    } finally {
      ok(api, "PUT", "/corners/_settings", "{\"index.max_result_window\": null}");
    }
  }

  @Test
  public void testDeepFusions() {
    String query = "{\"match\": {\"body\": \"river\"}}";
    for (int depth = 0; depth < 5; depth++) {
      query =
          "{\"fusion\": {\"legs\": [{\"query\": "
              + query
              + "}, {\"query\": {\"match\": {\"body\": \"sea\"}}}]}}";
    }
    assertEquals(10, ids(ok(api, "POST", "/corners/_search", "{\"query\": " + query + "}")).size());
    for (int depth = 0; depth < 30; depth++) {
      query = "{\"fusion\": {\"legs\": [{\"query\": " + query + "}]}}";
    }
    refused(
        api,
        400,
        "POST",
        "/corners/_search",
        "{\"query\": " + query + "}",
        "nested at most [5] deep");
  }

  @Test
  public void testAnInnerFusionMayHaveASmallWindow() {
    JsonNode found =
        ok(
            api,
            "POST",
            "/corners/_search",
            "{\"size\": 20, \"query\": {\"fusion\": {\"legs\": [{\"query\": "
                + fusion(", \"window\": 5")
                + "}, {\"query\": {\"match\": {\"body\": \"river\"}}}]}}}");
    assertEquals(20, ids(found).size());
  }

  /** Requests that ask something of a query, but fuse nothing. */
  @Test
  public void testValidationAndFieldCapabilities() {
    String text = "{\"learned_sparse\": {\"sparse\": {\"text\": \"sand\"}}}";
    String byText = "{\"fusion\": {\"legs\": [{\"query\": " + text + "}]}}";
    for (String query : new String[] {fusion(""), byText, text}) {
      for (String options :
          new String[] {"", "?explain=true", "?rewrite=true", "?all_shards=true"}) {
        JsonNode validated =
            ok(api, "POST", "/corners/_validate/query" + options, "{\"query\": " + query + "}");
        assertTrue(validated.toString(), validated.path("valid").asBoolean());
      }
      JsonNode fields =
          ok(api, "POST", "/corners/_field_caps?fields=year", "{\"index_filter\": " + query + "}");
      assertTrue(fields.toString(), fields.path("fields").has("year"));
    }
    String wrong =
        "{\"fusion\": {\"legs\": [{\"query\": {\"range\": {\"year\": {\"gte\": \"soon\"}}}}]}}";
    assertFalse(
        ok(api, "POST", "/corners/_validate/query", "{\"query\": " + wrong + "}")
            .path("valid")
            .asBoolean());
    String never = "{\"fusion\": {\"legs\": [{\"query\": {\"term\": {\"_index\": \"another\"}}}]}}";
    assertFalse(
        ok(api, "POST", "/corners/_field_caps?fields=year", "{\"index_filter\": " + never + "}")
            .path("fields")
            .has("year"));
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
