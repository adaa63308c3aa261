/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;

/** Searches of {@code neural_text}, by the query of its name and by others. */
public class NeuralTextQueriesIT extends NeuralTextTestCase {

  @Test
  public void testTwoRequestsFindPassagesAndHighlightThem() {
    create("two", "");
    fill("two");
    JsonNode response = found("two");
    String marked =
        response
            .at("/hits/hits/0/inner_hits/body/hits/hits/0/highlight/body_neural.passages.text/0")
            .asText();
    assertTrue(response.toString(), marked.contains("<em>segments</em>"));
    JsonNode source = response.at("/hits/hits/0/_source");
    assertEquals(BODIES[0], source.path("body").asText());
    assertFalse("vectors are left out", source.has("body_neural"));
    JsonNode whole =
        ok(api, "POST", "/two/_search", SEARCH.replaceFirst("\\{", "{\"_source\": true, "));
    assertTrue(whole.at("/hits/hits/0/_source").has("body_neural"));
    assertEquals(BODIES.length, ids(response).size());
    assertEquals(List.of("1"), ids(ok(api, "GET", "/two/_search?q=milk", null)));
  }

  @Test
  public void testEqualsTheExplicitWay() {
    for (int shards : List.of(1, 3)) {
      String settings = "\"number_of_shards\": " + shards + ", \"number_of_replicas\": 0";
      boolean sparse = shards == 3;
      ok(
          api,
          "PUT",
          "/field-" + shards,
          "{\"settings\": {"
              + settings
              + "}, "
              + MAPPINGS.replace("\"neural_text\"", "\"neural_text\", \"sparse\": " + sparse)
              + "}");
      JsonNode made = index("field-" + shards).at("/mappings/properties/body_neural/properties");
      ok(
          api,
          "PUT",
          "/_ingest/pipeline/explicit",
          """
          {"processors": [{"encode": {"field": "body", SPARSE"dense": "dense", "tokens": "tokens",
            "passages": {"field": "passages", "max_tokens": 128, "overlap": 16}}}]}
          """
              .replace("SPARSE", sparse ? "\"sparse\": \"sparse\", " : ""));
      ok(
          api,
          "PUT",
          "/explicit-" + shards,
          "{\"settings\": {\"index.codec\": \"trident\", \"default_pipeline\": \"explicit\", "
              + settings
              + "}, \"mappings\": {\"properties\": {\"body\": {\"type\": \"text\"}, \"passages\": "
              + made.path("passages")
              + "}}}");
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        StringBuilder text = new StringBuilder();
        for (int sentences = randomIntBetween(1, i % 8 == 0 ? 60 : 3); sentences > 0; sentences--) {
          text.append(randomFrom(BODIES)).append(". ");
        }
        lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
        lines.add("{\"body\": \"" + text + "\"}");
      }
      bulk(api, "field-" + shards, lines);
      bulk(api, "explicit-" + shards, lines);
      for (int i = 0; i < 40; i++) {
        assertEquals(
            source("explicit-" + shards, "" + i).path("passages"),
            source("field-" + shards, "" + i).at("/body_neural/passages"));
      }
      List<String> legs =
          List.of(
              "{\"match\": {\"%1$sbody\": \"%2$s\"}}",
              "{\"top_passages\": {\"path\": \"%1$spassages\", \"query\": {\"learned_sparse\": {\"%1$spassages.sparse\": {\"text\": \"%2$s\"}}}}}",
              "{\"top_passages\": {\"path\": \"%1$spassages\", \"query\": {\"dense\": {\"%1$spassages.dense\": {\"text\": \"%2$s\", \"k\": 100}}}}}",
              "{\"top_passages\": {\"path\": \"%1$spassages\", \"query\": {\"max_sim\": {\"%1$spassages.tokens\": {\"text\": \"%2$s\", \"candidates\": 1000}}}}}");
      String text = randomFrom(BODIES);
      List<String> queries = new ArrayList<>();
      for (String leg : legs) {
        if (sparse == false && leg.contains("learned_sparse")) {
          continue;
        }
        String explicit = format(leg, "", text);
        String field = format(leg.replace("%1$sbody", "body"), "body_neural.", text);
        same("explicit-" + shards, explicit, "field-" + shards, field);
        queries.add("{\"query\": " + explicit + "}");
      }
      same(
          "explicit-" + shards,
          "{\"fusion\": {\"legs\": [" + String.join(", ", queries) + "]}}",
          "field-" + shards,
          "{\"neural_text\": {\"body\": \"" + text + "\"}}");
    }
  }

  private static void same(String index, String query, String other, String otherQuery) {
    JsonNode expected = ok(api, "POST", "/" + index + "/_search", search(query));
    JsonNode actual = ok(api, "POST", "/" + other + "/_search", search(otherQuery));
    assertEquals(otherQuery, scores(expected), scores(actual));
    assertEquals(otherQuery, ids(expected), ids(actual));
    assertFalse(otherQuery, ids(actual).isEmpty());
  }

  private static String search(String query) {
    return "{\"size\": 40, \"_source\": false, \"query\": " + query + "}";
  }

  @Test
  public void testSeveralFieldsNestedOnesAndArrays() {
    ok(
        api,
        "PUT",
        "/several",
        """
        {"mappings": {"properties": {
          "title": {"type": "neural_text", "tokens": false}, "plain": {"type": "text"},
          "body": {"type": "neural_text"},
          "comments": {"type": "nested", "properties": {"text": {"type": "neural_text"}}}}}}
        """);
    bulk(
        api,
        "several",
        List.of(
            "{\"index\": {\"_id\": \"1\"}}",
            format(
                "{\"title\": \"Merging\", \"plain\": \"segments\", \"body\": [\"%s\", \"%s\"]}",
                BODIES[0], BODIES[1]),
            "{\"index\": {\"_id\": \"2\"}}",
            "{\"plain\": \"stones\", \"title\": null}",
            "{\"index\": {\"_id\": \"3\"}}",
            format(
                "{\"comments\": [{\"text\": \"%s\"}, {\"text\": \"%s\"}]}", BODIES[5], BODIES[4])));
    assertEquals(2, source("several", "1").at("/body_neural/passages").size());
    assertEquals(
        "1", first("{\"neural_text\": {\"body\": \"cats in the sun\"}}", "body", BODIES[1]));
    assertEquals(
        "3",
        first(
            "{\"neural_text\": {\"comments.text\": \"where does sand come from\"}}",
            "comments.text",
            BODIES[5]));
    assertEquals(
        "1",
        first(
            "{\"neural_text\": {\"text\": \"when does an index merge small segments\", \"fields\": [\"title^2\", \"plain\", \"body^0.5\"], \"combination\": \"rrf\"}}",
            "body",
            BODIES[0]));
  }

  private static String first(String query, String field, String passage) {
    JsonNode response = ok(api, "POST", "/several/_search", "{\"query\": " + query + "}");
    JsonNode best = response.at("/hits/hits/0");
    assertEquals(
        response.toString(),
        passage,
        best.path("inner_hits").path(field).at("/hits/hits/0/_source/text").asText());
    return best.path("_id").asText();
  }

  @Test
  public void testPredictedQueriesAreSearchedAsText() {
    ok(
        api,
        "PUT",
        "/expanded",
        "{\"mappings\": {\"properties\": {\"body\": {\"type\": \"neural_text\", \"expansion\": {\"model\": \"my-doc2query\", \"queries\": 2, \"max_tokens\": 8}}}}}");
    bulk(
        api,
        "expanded",
        List.of("{\"index\": {\"_id\": \"1\"}}", "{\"body\": \"" + BODIES[0] + "\"}"));
    JsonNode queries = source("expanded", "1").at("/body_neural/passages/0/queries");
    assertEquals(2, queries.size());
    JsonNode found =
        ok(
            api,
            "POST",
            "/expanded/_search",
            "{\"explain\": true, \"query\": {\"neural_text\": {\"body\": "
                + queries.get(0)
                + "}}}");
    assertEquals(List.of("1"), ids(found));
    assertTrue(found.toString(), found.toString().contains("leg [body_neural.passages.queries]"));
  }

  @Test
  public void testAQueryIsAFusionInEveryWay() {
    create("fused", "\"settings\": {\"number_of_shards\": 2, \"number_of_replicas\": 0}, ");
    fill("fused");
    String query = "{\"neural_text\": {\"body\": \"when does an index merge small segments\"}}";
    JsonNode bool =
        ok(
            api,
            "POST",
            "/fused/_search",
            "{\"query\": {\"bool\": {\"must\": "
                + query
                + ", \"filter\": {\"range\": {\"n\": {\"gte\": 1}}}}}, \"aggs\": {\"n\": {\"max\": {\"field\": \"n\"}}}}");
    assertFalse(ids(bool).contains("0"));
    assertEquals(
        ids(bool).stream().mapToInt(Integer::parseInt).max().orElseThrow(),
        bool.at("/aggregations/n/value").asInt());
    JsonNode options =
        ok(
            api,
            "POST",
            "/fused/_search",
            """
            {"from": 1, "size": 2, "explain": true, "profile": true, "collapse": {"field": "n"},
             "query": {"neural_text": {"body": {"text": "how are segments combined", "window": 20, "passages": 0,
               "combination": "rrf", "rank_constant": 10, "filter": {"range": {"n": {"lte": 5}}},
               "legs": [{"name": "mine", "weight": 2, "query": {"match": {"body": "segments"}}}]}}}}
            """);
    assertEquals(2, ids(options).size());
    String text = options.toString();
    for (String leg : List.of("body", "mine", "body_neural.passages.tokens")) {
      assertTrue(text, text.contains("leg [" + leg + "]"));
    }
    assertEquals(4, options.at("/ext/fusion/legs").size());
    refused(
        api,
        400,
        "POST",
        "/fused/_search",
        "{\"size\": 20, \"query\": {\"neural_text\": {\"body\": {\"text\": \"a\", \"window\": 10}}}}",
        "[window]");
    for (String[] bad :
        new String[][] {
          {"{\"no_such\": \"text\"}", "[no_such]"},
          {"{\"n\": \"text\"}", "[n]"},
          {"{\"body\": 5}", "[body]"},
          {"{\"body\": \"\"}", "[text]"},
          {"{\"body\": {\"text\": \"a\", \"sometimes\": 1}}", "[sometimes]"},
          {"{\"text\": \"a\", \"fields\": []}", "[fields]"},
          {"{\"text\": \"a\", \"fields\": [\"body^x\"]}", "[body^x]"},
          {"{}", "[text]"}
        }) {
      refused(
          api,
          400,
          "POST",
          "/fused/_search",
          "{\"query\": {\"neural_text\": " + bad[0] + "}}",
          bad[1]);
    }
    assertEquals(
        BODIES.length,
        ok(api, "POST", "/fused/_count", "{\"query\": " + query + "}").path("count").asInt());
    JsonNode asLeg =
        ok(
            api,
            "POST",
            "/fused/_search",
            "{\"query\": {\"fusion\": {\"legs\": [{\"query\": "
                + query
                + "}, {\"query\": {\"match\": {\"n\": 0}}}]}}}");
    assertEquals("0", ids(asLeg).get(0));
    refused(
        api,
        400,
        "POST",
        "/fused/_search",
        "{\"query\": {\"nested\": {\"path\": \"body_neural.passages\", \"query\": " + query + "}}}",
        "[fusion]",
        "nested");
    JsonNode shown =
        ok(
            api,
            "POST",
            "/fused/_validate/query?rewrite=true",
            "{\"query\": {\"neural_text\": {\"body\": \"segments\"}}}");
    for (String leg : List.of("body:segments", "DocAndScoreQuery", "max_sim(")) {
      assertTrue(shown.toString(), shown.path("explanations").toString().contains(leg));
    }
    String pit =
        ok(api, "POST", "/fused/_search/point_in_time?keep_alive=1m", null).path("pit_id").asText();
    assertEquals(
        "0",
        ids(ok(
                api,
                "POST",
                "/_search",
                "{\"pit\": {\"id\": \"" + pit + "\"}, \"query\": " + query + "}"))
            .get(0));
    ok(api, "DELETE", "/_search/point_in_time/_all", null);
  }

  @Test
  public void testAFusionTakesATextOnceAndFields() {
    ok(
        api,
        "PUT",
        "/_ingest/pipeline/own",
        "{\"processors\": [{\"encode\": {\"field\": \"text\", \"sparse\": \"sparse\", \"dense\": \"dense\", \"tokens\": \"tokens\"}}]}");
    ok(
        api,
        "PUT",
        "/own",
        """
        {"settings": {"index.codec": "trident", "default_pipeline": "own"}, "mappings": {"properties": {
          "title": {"type": "text"}, "text": {"type": "text"}, "sparse": {"type": "impact_vector"},
          "dense": {"type": "dense_vector", "dimension": 128}, "tokens": {"type": "token_vectors", "dimension": 128}}}}
        """);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < BODIES.length; i++) {
      lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
      lines.add("{\"title\": \"Text " + i + "\", \"text\": \"" + BODIES[i] + "\"}");
    }
    bulk(api, "own", lines);
    String text = "\"how are segments combined\"";
    same(
        "own",
        format(
            """
        {"fusion": {"legs": [
          {"weight": 2, "query": {"match": {"title": %1$s}}},
          {"query": {"match": {"text": %1$s}}},
          {"query": {"learned_sparse": {"sparse": {"text": %1$s}}}},
          {"weight": 0.5, "query": {"dense": {"dense": {"text": %1$s, "k": 100}}}},
          {"query": {"max_sim": {"tokens": {"text": %1$s, "candidates": 1000}}}}]}}
        """,
            text),
        "own",
        "{\"fusion\": {\"text\": "
            + text
            + ", \"fields\": [\"title^2\", \"text\", \"sparse\", \"dense^0.5\", \"tokens\"]}}");
    JsonNode shown =
        ok(
            api,
            "POST",
            "/own/_validate/query?rewrite=true",
            "{\"query\": {\"fusion\": {\"text\": "
                + text
                + ", \"fields\": [\"text\", \"sparse\", \"dense\", \"tokens\"]}}}");
    assertTrue(shown.toString(), shown.path("valid").asBoolean());
    for (String leg :
        List.of("text:segments", "learned_sparse(sparse", "DocAndScoreQuery", "max_sim(tokens")) {
      assertTrue(shown.toString(), shown.path("explanations").toString().contains(leg));
    }
  }

  @Test
  public void testTheCrossEncoderTakesTextAndFieldsFromTheQuery() {
    create("reranked", "");
    fill("reranked");
    String query = "\"query\": {\"neural_text\": {\"body\": \"how are segments combined\"}}";
    JsonNode explicit =
        ok(
            api,
            "POST",
            "/reranked/_search",
            "{"
                + query
                + ", \"ext\": {\"cross_encoder\": {\"query\": \"how are segments combined\", \"field\": \"body\"}}}");
    JsonNode derived =
        ok(api, "POST", "/reranked/_search", "{" + query + ", \"ext\": {\"cross_encoder\": {}}}");
    assertEquals(ids(explicit), ids(derived));
    assertEquals(scores(explicit), scores(derived));
    assertTrue(derived.toString().contains("_cross_encoder_score"));
    refused(
        api,
        400,
        "POST",
        "/reranked/_search",
        "{\"query\": {\"match_all\": {}}, \"ext\": {\"cross_encoder\": {}}}",
        "[cross_encoder]",
        "[query]");
  }
}
