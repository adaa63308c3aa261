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
import io.trident.cluster.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.BeforeClass;
import org.junit.Test;

/** The main job and what can go wrong with it, on one node. */
public class SingleNodeIT extends ClusterTestCase {

  private static final String MAPPING =
      """
      {"settings": {"index.codec": "%s", "number_of_shards": %d, "number_of_replicas": 0,
                    "default_pipeline": "encode"},
       "mappings": {"properties": {
         "title": {"type": "text"}, "body": {"type": "text"}, "year": {"type": "integer"},
         "sparse": {"type": "impact_vector"},
         "dense": {"type": "dense_vector", "dimension": 128, "encoding": "%s"},
         "tokens": {"type": "token_vectors", "dimension": 128, "encoding": "%s"}}}}
      """;
  private static final String FUSION =
      """
      {"fusion": {"legs": [
        {"name": "bm25", "query": {"match": {"body": "%1$s"}}},
        {"name": "sparse", "query": {"learned_sparse": {"sparse": {"text": "%1$s"}}}},
        {"name": "dense", "query": {"dense": {"dense": {"text": "%1$s"}}}},
        {"name": "tokens", "query": {"max_sim": {"tokens": {"text": "%1$s"}}}}]%2$s}}
      """;
  private static final String[] BODIES = {
    "Merges small segments of an index into larger ones when the index grows",
    "Cats like milk and sleep most of the day in the sun",
    "Compression of stored fields keeps an index small on disk",
    "The score of a document is the sum of the weights of the query's terms",
    "A vector of numbers stands for the meaning of a sentence",
    "Rivers carry sand and stones from the mountains to the sea",
    "A snapshot keeps a copy of all segments of an index in a repository"
  };

  private static Node node;
  private static Api api;

  @BeforeClass
  public static void start() throws IOException {
    node = node(List.of(), Map.of());
    api = node.api();
    ok(
        api,
        "PUT",
        "/_ingest/pipeline/encode",
        """
        {"processors": [{"encode": {"fields": ["title", "body"],
          "sparse": "sparse", "dense": "dense", "tokens": "tokens"}}]}
        """);
  }

  private static void create(String index, int shards) {
    String mapping =
        String.format(
            Locale.ROOT,
            MAPPING,
            randomFrom(new String[] {"trident", "trident_best_compression"}),
            shards,
            randomFrom(new String[] {"float32", "8bit"}),
            randomFrom(new String[] {"2bit", "4bit", "8bit", "float32"}));
    ok(api, "PUT", "/" + index, mapping);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < BODIES.length; i++) {
      lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
      lines.add("{\"body\": \"" + BODIES[i] + "\", \"year\": " + (2000 + i) + "}");
    }
    bulk(api, index, lines);
  }

  private static String search(String text, String options, String rest) {
    String query = String.format(Locale.ROOT, FUSION, text, options);
    return "{\"query\": " + query + rest + "}";
  }

  @Test
  public void testVectorsOutsideOfTheSourceAreReadBack() {
    ok(
        api,
        "PUT",
        "/lean",
        """
        {"settings": {"index.codec": "trident", "number_of_shards": 1},
         "mappings": {"_source": {"excludes": ["sparse", "vector", "tokens"]}, "properties": {
           "sparse": {"type": "impact_vector"}, "vector": {"type": "dense_vector", "dimension": 2},
           "tokens": {"type": "token_vectors", "dimension": 8, "encoding": "8bit"}}}}
        """);
    ok(
        api,
        "PUT",
        "/lean/_doc/1?refresh=true",
        """
        {"sparse": {"merge": 4.0}, "vector": [0.5, 2],
         "tokens": {"vectors": [[1, 0, 0, 0, 0, 0, 0, 0]], "token_ids": [17]}}
        """);
    JsonNode fields =
        ok(
                api,
                "POST",
                "/lean/_search",
                """
                {"fields": [{"field": "*", "format": "stored"}]}
                """)
            .at("/hits/hits/0/fields");
    assertEquals(4, fields.at("/sparse/0/merge").asDouble(), 0.01);
    assertEquals(2, fields.at("/vector/0/1").asDouble(), 0);
    assertEquals(1, fields.at("/tokens/0/vectors/0/0").asDouble(), 0.02);
    assertEquals(17, fields.at("/tokens/0/token_ids/0").asInt());
  }

  @Test
  public void testEveryQueryFindsTheDocumentByText() {
    create("main", randomIntBetween(1, 3));
    for (String query :
        new String[] {
          "{\"learned_sparse\": {\"sparse\": {\"text\": \"merges segments\"}}}",
          "{\"dense\": {\"dense\": {\"text\": \"merges small segments of an index\", \"k\": 5}}}",
          "{\"max_sim\": {\"tokens\": {\"text\": \"merges segments larger\"}}}"
        }) {
      JsonNode found =
          ok(api, "POST", "/main/_search", "{\"explain\": true, \"query\": " + query + "}");
      assertEquals(query, "0", ids(found).get(0));
      found
          .path("hits")
          .path("hits")
          .forEach(
              hit ->
                  assertEquals(
                      hit.path("_score").asDouble(),
                      hit.path("_explanation").path("value").asDouble(),
                      1e-4));
    }
    JsonNode fused =
        ok(api, "POST", "/main/_search", search("merges segments", "", ", \"explain\": true"));
    assertEquals("0", ids(fused).get(0));
    String explanation = fused.path("hits").path("hits").get(0).path("_explanation").toString();
    for (String leg : new String[] {"bm25", "sparse", "dense", "tokens"}) {
      assertTrue(explanation, explanation.contains("leg [" + leg + "]"));
    }
  }

  @Test
  public void testFusionIsAnOrdinaryQuery() {
    create("ordinary", 2);
    JsonNode counted =
        ok(
            api,
            "POST",
            "/ordinary/_search",
            search(
                "index segments",
                "",
                """
                , "size": 3, "aggs": {"years": {"max": {"field": "year"}}},
                "highlight": {"fields": {"body": {}}}, "track_total_hits": true
                """));
    assertEquals(3, ids(counted).size());
    assertTrue(counted.path("hits").path("total").path("value").asInt() >= 3);
    assertTrue(counted.path("aggregations").path("years").path("value").asDouble() >= 2000);
    assertTrue(counted.toString(), counted.toString().contains("<em>"));

    List<String> all = ids(ok(api, "POST", "/ordinary/_search", search("index", "", "")));
    JsonNode second =
        ok(api, "POST", "/ordinary/_search", search("index", "", ", \"from\": 2, \"size\": 2"));
    assertEquals(all.subList(2, Math.min(4, all.size())), ids(second));

    JsonNode filtered =
        ok(
            api,
            "POST",
            "/ordinary/_search",
            search("index", ", \"filter\": {\"range\": {\"year\": {\"gte\": 2004}}}", ""));
    ids(filtered).forEach(id -> assertTrue(id, Integer.parseInt(id) >= 4));

    String fusion = String.format(Locale.ROOT, FUSION, "index", "");
    JsonNode inside =
        ok(
            api,
            "POST",
            "/ordinary/_search",
            "{\"query\": {\"bool\": {\"must\": ["
                + fusion
                + "], \"must_not\": [{\"term\": {\"year\": 2000}}]}}}");
    assertFalse(ids(inside).contains("0"));
    JsonNode sorted =
        ok(
            api,
            "POST",
            "/ordinary/_search",
            search("index", "", ", \"sort\": [{\"year\": \"desc\"}]"));
    List<String> years = ids(sorted);
    for (int i = 1; i < years.size(); i++) {
      assertTrue(Integer.parseInt(years.get(i)) < Integer.parseInt(years.get(i - 1)));
    }
  }

  @Test
  public void testRefusals() {
    create("refusals", 1);
    refused(
        api,
        400,
        "PUT",
        "/no-codec",
        "{\"mappings\": {\"properties\": {\"s\": {\"type\": \"impact_vector\"}}}}",
        "[index.codec]",
        "trident");
    refused(
        api,
        400,
        "PUT",
        "/no-dimension",
        "{\"settings\": {\"index.codec\": \"trident\"}, \"mappings\": {\"properties\": {\"t\": {\"type\": \"token_vectors\"}}}}",
        "[dimension]");
    refused(
        api,
        400,
        "PUT",
        "/_ingest/pipeline/bad",
        "{\"processors\": [{\"encode\": {\"field\": \"body\"}}]}",
        "sparse");
    refused(
        api,
        400,
        "POST",
        "/refusals/_search",
        "{\"query\": {\"learned_sparse\": {\"sparse\": {\"tokens\": {\"a\": -1}}}}}",
        "[a]",
        "-1");
    refused(
        api,
        400,
        "POST",
        "/refusals/_search",
        "{\"query\": {\"dense\": {\"dense\": {\"vector\": [1, 2, 3]}}}}",
        "[dense]",
        "128",
        "[3]");
    refused(
        api,
        400,
        "POST",
        "/refusals/_search",
        "{\"query\": {\"max_sim\": {\"body\": {\"text\": \"x\"}}}}",
        "[body]",
        "token_vectors",
        "[text]");
    refused(
        api,
        400,
        "POST",
        "/refusals/_search",
        "{\"query\": {\"learned_sparse\": {\"sparse\": {\"text\": \"x\", \"model\": \"nope\"}}}}",
        "[nope]",
        "trident-mini");
    refused(
        api,
        400,
        "POST",
        "/refusals/_search",
        search("x", ", \"window\": 5", ", \"size\": 10"),
        "[window]",
        "[5]");
    refused(
        api,
        400,
        "POST",
        "/refusals/_search",
        search("x", ", \"combination\": \"nope\"", ""),
        "[combination]",
        "[nope]");
  }

  @Test
  public void testCrossEncoderReranksAndReportsBothScores() {
    create("reranked", randomIntBetween(1, 3));
    String rerank =
        ", \"size\": 2, \"explain\": true, \"ext\": {\"cross_encoder\": {\"query\": \"merges small segments\","
            + " \"field\": [\"title\", \"body\"], \"window\": 5%s}}";
    String plain = String.format(Locale.ROOT, rerank, "");
    JsonNode response = ok(api, "POST", "/reranked/_search", search("index segments", "", plain));
    assertEquals(2, ids(response).size());
    JsonNode first = response.path("hits").path("hits").get(0);
    JsonNode second = response.path("hits").path("hits").get(1);
    assertTrue(first.path("_score").asDouble() >= second.path("_score").asDouble());
    assertTrue(first.toString(), first.path("fields").has("_first_stage_score"));
    assertTrue(first.toString(), first.path("fields").has("_cross_encoder_score"));
    assertFalse(first.toString(), first.path("fields").has("body"));
    assertTrue(first.toString(), first.path("_explanation").toString().contains("cross-encoder"));
    JsonNode report = response.path("ext").path("cross_encoder");
    assertTrue(response.toString(), report.path("reranked").asBoolean());
    assertEquals("trident-mini-reranker", report.path("model").asText());

    String broken = String.format(Locale.ROOT, rerank, ", \"model\": \"nope\"");
    refused(api, 400, "POST", "/reranked/_search", search("x", "", broken), "[nope]");
    String kept =
        String.format(
            Locale.ROOT, rerank, ", \"model\": \"nope\", \"on_failure\": \"keep_ranking\"");
    JsonNode unranked = ok(api, "POST", "/reranked/_search", search("index", "", kept));
    JsonNode failure = unranked.path("ext").path("cross_encoder");
    assertFalse(failure.path("reranked").asBoolean());
    assertTrue(failure.toString(), failure.path("failure").asText().contains("[nope]"));
    refused(
        api,
        400,
        "POST",
        "/reranked/_search",
        search("x", "", plain + ", \"sort\": [{\"year\": \"asc\"}]"),
        "[sort]");
  }

  @Test
  public void testStagesBudgetsAndPagesOfAReranking() {
    create("stages", 1);
    String stages =
        """
        , "from": %d, "size": 2, "ext": {"cross_encoder": [
          {"query": "merges small segments", "field": "body", "window": 5, "model": "trident-mini-reranker"},
          {"query": "what merges segments", "field": ["title", "body"], "window": 3%s}]}
        """;
    String first = search("index segments", "", String.format(Locale.ROOT, stages, 0, ""));
    JsonNode report = ok(api, "POST", "/stages/_search", first).at("/ext/cross_encoder");
    assertEquals(report.toString(), 2, report.size());
    assertEquals(3, report.at("/1/candidates").asInt());
    long scored = scoredTexts();
    String second = search("index segments", "", String.format(Locale.ROOT, stages, 2, ""));
    assertEquals(2, ids(ok(api, "POST", "/stages/_search", second)).size());
    assertEquals("another page scores nothing", scored, scoredTexts());
    String hurried =
        search(
            "index segments again",
            "",
            String.format(Locale.ROOT, stages, 0, ", \"budget\": \"1nanos\"")
                .replace("what merges", "who merges"));
    report = ok(api, "POST", "/stages/_search", hurried).at("/ext/cross_encoder/1");
    assertEquals(report.toString(), 2, report.path("candidates").asInt());
    assertEquals(report.toString(), 1, report.path("skipped").asInt());
  }

  private static long scoredTexts() {
    JsonNode node =
        ok(api, "GET", "/_plugins/_trident/stats", null).path("nodes").elements().next();
    return node.at("/models/trident-mini-reranker/texts").asLong();
  }

  @Test
  public void testModelsAndStats() {
    JsonNode models = ok(api, "GET", "/_plugins/_trident/models", null);
    assertEquals(4, models.path("models").size());
    JsonNode mini = ok(api, "GET", "/_plugins/_trident/models/trident-mini", null);
    assertEquals(128, mini.path("representations").path("dense").path("dimension").asInt());
    refused(api, 404, "GET", "/_plugins/_trident/models/nope", null, "[nope]");
    create("counted", 1);
    JsonNode stats = ok(api, "GET", "/_plugins/_trident/stats", null);
    JsonNode node = stats.path("nodes").elements().next();
    assertTrue(
        stats.toString(), node.path("models").path("trident-mini").path("texts").asLong() > 0);
  }

  @Test
  public void testPassagesOfOneDocument() {
    ok(
        api,
        "PUT",
        "/_ingest/pipeline/passages",
        """
        {"processors": [{"encode": {"field": "body", "sparse": "sparse", "tokens": "tokens",
          "passages": {"field": "passages", "max_tokens": 16, "overlap": 2}}}]}
        """);
    ok(
        api,
        "PUT",
        "/long",
        """
        {"settings": {"index.codec": "trident", "default_pipeline": "passages", "number_of_shards": 3},
         "mappings": {"properties": {"body": {"type": "text"}, "passages": {"type": "nested", "properties": {
           "text": {"type": "text"}, "sparse": {"type": "impact_vector"},
           "tokens": {"type": "token_vectors", "dimension": 128}}}}}}
        """);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < BODIES.length; i++) {
      String id = Integer.toString(i);
      String body = BODIES[i] + ". " + BODIES[(i + 1) % BODIES.length] + ". " + BODIES[i];
      lines.add("{\"index\": {\"_id\": \"" + id + "\", \"routing\": \"" + id + "\"}}");
      lines.add("{\"body\": \"" + body + "\"}");
    }
    bulk(api, "long", lines);
    int count = randomIntBetween(1, 4);
    JsonNode hits =
        ok(
                api,
                "POST",
                "/long/_search",
                String.format(
                    Locale.ROOT,
                    """
                    {"explain": true, "query": {"top_passages": {"path": "passages", "count": %d,
                      "inner_hits": {"size": 10, "_source": ["passages.text"], "highlight": {"fields": {"passages.text": {
                        "type": "max_sim", "options": {"tokens": "passages.tokens", "min_share": 0.9}}}}},
                      "query": {"max_sim": {"passages.tokens": {"text": "rivers carry sand"}}}}}}
                    """,
                    count))
            .path("hits")
            .path("hits");
    String best = hits.get(0).path("_id").asText();
    assertTrue(best, List.of("4", "5").contains(best)); // which say it once and twice
    String passage = hits.get(0).path("inner_hits").path("passages").toString();
    assertTrue(passage, passage.contains("<em>Rivers</em> <em>carry</em> <em>sand</em>"));
    for (JsonNode hit : hits) {
      double sum = 0;
      JsonNode passages = hit.path("inner_hits").path("passages").path("hits").path("hits");
      for (int i = 0; i < Math.min(count, passages.size()); i++) {
        sum += passages.get(i).path("_score").asDouble();
      }
      assertEquals(hit.toString(), sum, hit.path("_score").asDouble(), 1e-4);
      assertEquals(sum, hit.path("_explanation").path("value").asDouble(), 1e-4);
    }
  }

  @Test
  public void testMaxSimTellsWhatAnswered() {
    create("told", 1);
    String maxSim = "{\"max_sim\": {\"tokens\": {\"text\": \"sand rivers\"}}}";
    String highlight =
        """
        , "highlight": {"fields": {"body": {"type": "max_sim", "number_of_fragments": 0,
            "options": {"tokens": "tokens", "fields": ["title", "body"], "min_share": 0.9}}}}}
        """;
    String fusion = "{\"fusion\": {\"legs\": [{\"query\": " + maxSim + "}]}}";
    for (String query : new String[] {maxSim, fusion}) {
      JsonNode hit =
          ok(api, "POST", "/told/_search", "{\"explain\": true, \"query\": " + query + highlight)
              .path("hits")
              .path("hits")
              .get(0);
      assertEquals("5", hit.path("_id").asText());
      assertEquals(
          "<em>Rivers</em> carry <em>sand</em> and stones from the mountains to the sea",
          hit.path("highlight").path("body").get(0).asText());
      String explanation = hit.path("_explanation").toString();
      assertTrue(explanation, explanation.contains("the word [sand]: best token ["));
    }
    refused(
        api,
        400,
        "POST",
        "/told/_search",
        "{\"query\": "
            + maxSim
            + ", \"highlight\": {\"fields\": {\"body\": {\"type\": \"max_sim\"}}}}",
        "[body]",
        "[tokens]");
  }

  @Test
  public void testABadDocumentFailsAlone() {
    create("alone", 1);
    String bulk =
        """
        {"index": {"_id": "good"}}
        {"body": "a fine document"}
        {"index": {"_id": "no-text"}}
        {"body": 7}
        {"index": {"_id": "bad-vector", "pipeline": "_none"}}
        {"sparse": {"a": -1}}
        {"index": {"_id": "bad-dimension", "pipeline": "_none"}}
        {"dense": [1, 2]}
        {"index": {"_id": "without"}}
        {"year": 1999}
        """;
    JsonNode answer = ok(api, "POST", "/alone/_bulk?refresh=true", bulk);
    List<Integer> statuses = new ArrayList<>();
    answer.path("items").forEach(item -> statuses.add(item.path("index").path("status").asInt()));
    assertEquals(List.of(201, 400, 400, 400, 201), statuses);
    String text = answer.toString();
    for (String word : new String[] {"[body]", "[sparse]", "[dense]", "128"}) {
      assertTrue(word + " must be in " + text, text.contains(word));
    }
    JsonNode present =
        ok(
            api,
            "POST",
            "/alone/_search",
            "{\"query\": {\"exists\": {\"field\": \"tokens\"}}, \"size\": 50}");
    assertTrue(ids(present).contains("good"));
    assertFalse(ids(present).contains("without"));
  }

  @Test
  public void testChangesSurviveMergeRestartAndRestore() throws IOException {
    create("lasting", 1);
    ok(api, "DELETE", "/lasting/_doc/0", null);
    ok(
        api,
        "PUT",
        "/lasting/_doc/1?refresh=true",
        "{\"body\": \"Dogs merges segments of bones\", \"year\": 1990}");
    String query = search("merges segments", "", ", \"size\": 50");
    JsonNode before = ok(api, "POST", "/lasting/_search", query);
    assertFalse(ids(before).contains("0"));
    ok(api, "POST", "/lasting/_forcemerge?max_num_segments=1", null);
    ok(api, "POST", "/lasting/_refresh", null);
    String sparse =
        "{\"query\": {\"learned_sparse\": {\"sparse\": {\"text\": \"merges segments\"}}}}";
    JsonNode merged = ok(api, "POST", "/lasting/_search", sparse);

    String repository =
        "{\"type\": \"fs\", \"settings\": {\"location\": \""
            + root().resolve("repository")
            + "\"}}";
    ok(api, "PUT", "/_snapshot/copies", repository);
    ok(api, "PUT", "/_snapshot/copies/one?wait_for_completion=true", "{\"indices\": \"lasting\"}");
    ok(api, "DELETE", "/lasting", null);
    ok(api, "POST", "/_snapshot/copies/one/_restore?wait_for_completion=true", "{}");
    assertEquals(ids(merged), ids(ok(api, "POST", "/lasting/_search", sparse)));

    if (randomBoolean()) {
      node.kill();
    } else {
      node.stop();
    }
    node.start();
    ok(api, "GET", "/_cluster/health/lasting?wait_for_status=green&timeout=60s", null);
    JsonNode after = ok(api, "POST", "/lasting/_search", sparse);
    assertEquals(ids(merged), ids(after));
    assertEquals(scores(merged), scores(after));
    assertEquals(ids(merged).get(0), ids(ok(api, "POST", "/lasting/_search", query)).get(0));
  }
}
