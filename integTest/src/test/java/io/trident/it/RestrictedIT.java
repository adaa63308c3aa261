/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.access.RestrictingPlugin;
import io.trident.cluster.Api;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * Searches as callers who may not see some documents and fields: every answer must be that of an
 * index which never had them. The plugin that hides them does so by the means of OpenSearch's
 * security plugin, and hides everything from whoever lost the caller's context.
 */
public class RestrictedIT extends ClusterTestCase {

  private static final int DOCUMENTS = 90;
  private static final String[] WORDS = {"river", "sand", "mountain", "sea", "stone", "boat"};

  /** All documents alike by BM25, whose statistics count hidden ones: words have no weights. */
  private static final String MAPPING =
      """
      {"settings": {"index.codec": "trident", "number_of_shards": 2, "number_of_replicas": 0},
       "mappings": {"properties": {
         "access": {"type": "keyword"}, "n": {"type": "integer"}, "shelf": {"type": "keyword"},
         "body": {"type": "neural_text", "similarity": "boolean"},
         "sparse": {"type": "impact_vector"}, "dense": {"type": "dense_vector", "dimension": 4},
         "tokens": {"type": "token_vectors", "dimension": 8, "encoding": "4bit"},
         "notes": {"type": "nested", "properties": {"dense": {"type": "dense_vector", "dimension": 4}}},
         "secret_body": {"type": "neural_text", "similarity": "boolean"},
         "secret_sparse": {"type": "impact_vector"}, "secret_dense": {"type": "dense_vector", "dimension": 4},
         "secret_coded": {"type": "dense_vector", "dimension": 4, "encoding": "1bit"},
         "secret_tokens": {"type": "token_vectors", "dimension": 8, "encoding": "4bit"},
         "secret_notes": {"type": "nested", "properties": {"dense": {"type": "dense_vector", "dimension": 4}}}}}}
      """;

  private static final String TEXT = "sand of the river by the sea";

  private static final String SPARSE = sparse("");
  private static final String DENSE = dense("");
  private static final String MAX_SIM = maxSim("");

  private static String sparse(String prefix) {
    return "{\"learned_sparse\": {\""
        + prefix
        + "sparse\": {\"tokens\": {\"sea\": 1, \"boat\": 2}}}}";
  }

  private static String dense(String prefix) {
    return "{\"dense\": {\"" + prefix + "dense\": {\"vector\": [1, 0.5, 0, 0.2]}}}";
  }

  private static String maxSim(String prefix) {
    return "{\"max_sim\": {\""
        + prefix
        + "tokens\": {\"vectors\": [[1, 0, 0, 0, 1, 0, 0, 0], [0, 1, 0, 1, 0, 0, 0, 0]]}}}";
  }

  private static Api all;

  @BeforeClass
  public static void start() throws IOException {
    all =
        node(List.of(PluginZip.write(RestrictingPlugin.class, root())), Map.of())
            .api()
            .with(RestrictingPlugin.HEADER, "none");
    Random random = new Random(randomLong());
    List<String> guarded = new ArrayList<>();
    List<String> plain = new ArrayList<>();
    for (int i = 0; i < DOCUMENTS; i++) {
      String id = "{\"index\": {\"_id\": \"" + i + "\"}}";
      boolean hidden = i % 3 == 0 || random.nextInt(4) == 0;
      String shown = shown(i, random);
      guarded.addAll(
          List.of(
              id,
              "{" + shown + ", " + secrets(random) + (hidden ? ", \"access\": \"hidden\"}" : "}")));
      if (hidden == false) {
        plain.addAll(List.of(id, "{" + shown + "}"));
      }
    }
    for (String index : List.of("guarded", "plain")) {
      ok(all, "PUT", "/" + index, MAPPING);
    }
    bulk(all, "guarded", guarded);
    bulk(all, "plain", plain);
  }

  private static String shown(int i, Random random) {
    return String.format(
        Locale.ROOT,
        "\"n\": %d, \"shelf\": \"s%d\", \"body\": \"%s\", \"sparse\": %s, \"dense\": %s, \"tokens\": [%s, %s],"
            + " \"notes\": [{\"dense\": %s}, {\"dense\": %s}]",
        1 + random.nextInt(100),
        i % 4,
        text(random),
        weights(random),
        vector(random, 4),
        vector(random, 8),
        vector(random, 8),
        vector(random, 4),
        vector(random, 4));
  }

  private static String secrets(Random random) {
    return String.format(
        Locale.ROOT,
        "\"secret_body\": \"%s\", \"secret_sparse\": %s, \"secret_dense\": %s, \"secret_coded\": %s,"
            + " \"secret_tokens\": [%s], \"secret_notes\": [{\"dense\": %s}]",
        text(random),
        weights(random),
        vector(random, 4),
        vector(random, 4),
        vector(random, 8),
        vector(random, 4));
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int word = 0; word < 3 + random.nextInt(8); word++) {
      text.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
    }
    return text.toString().trim();
  }

  private static String weights(Random random) {
    Map<String, String> weights = new TreeMap<>();
    for (int i = 0; i < 3; i++) {
      weights.put(
          "\"" + WORDS[random.nextInt(WORDS.length)] + "\"",
          String.format(Locale.ROOT, "%.3f", 0.5 + random.nextFloat()));
    }
    return weights.toString().replace('=', ':');
  }

  private static List<Float> vector(Random random, int dimension) {
    List<Float> vector = new ArrayList<>();
    for (int i = 0; i < dimension; i++) {
      vector.add((float) random.nextGaussian());
    }
    return vector;
  }

  private static Api as(String restriction) {
    return all.with(RestrictingPlugin.HEADER, restriction);
  }

  /** What is asked of an index without a restriction. */
  private static JsonNode expected(String body) {
    return compared(ok(all, "POST", "/plain/_search", body));
  }

  private static JsonNode found(String restriction, String body) {
    return compared(ok(as(restriction), "POST", "/guarded/_search", body));
  }

  /** An answer without what differs from run to run, or is another index's. */
  private static JsonNode compared(JsonNode answer) {
    ObjectNode compared = answer.deepCopy();
    compared.remove(List.of("took", "profile"));
    ObjectNode fusion = (ObjectNode) compared.path("ext").get("fusion");
    if (fusion != null) {
      Map<String, JsonNode> legs = new TreeMap<>(); // which are told in the order of their ends
      fusion.get("legs").forEach(leg -> legs.put(leg.get("name").asText(), leg.get("candidates")));
      fusion.set("legs", Api.JSON.valueToTree(legs));
    }
    if (compared.path("ext").get("cross_encoder") instanceof ObjectNode reranked) {
      reranked.remove("took");
    }
    try {
      return Api.JSON.readTree(compared.toString().replace("guarded", "plain"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertSame(String body, String... restrictions) {
    JsonNode expected = expected(body);
    for (String restriction : restrictions) {
      assertEquals(restriction + ": " + body, expected, found(restriction, body));
    }
  }

  /** Where the request has a filter around the query, scores are added up in another order. */
  private static void assertSameRankingUnderAFilter(String body) {
    JsonNode expected = expected(body);
    JsonNode found = found("request", body);
    assertEquals(body, ids(expected), ids(found));
    assertEquals(body, fields(expected), fields(found));
    for (int i = 0; i < ids(expected).size(); i++) {
      assertEquals(body, scores(expected).get(i), scores(found).get(i), 1e-5f);
    }
  }

  private static List<JsonNode> fields(JsonNode answer) {
    return answer.at("/hits/hits").findValues("fields");
  }

  private static String search(String query) {
    return "{\"size\": 60, \"track_total_hits\": true, \"query\": " + query + "}";
  }

  /** The queries by vector and by text, of fields with a prefix. */
  private static List<String> queries(String prefix) {
    String notes = "{\"path\": \"" + prefix + "notes\", \"query\": {\"dense\": {\"" + prefix;
    String passages = prefix + "body_neural.passages";
    return List.of(
        sparse(prefix),
        dense(prefix),
        maxSim(prefix),
        "{\"learned_sparse\": {\""
            + prefix
            + "sparse\": {\"tokens\": {\"sea\": 1, \"stone\": 1}, \"approximate\": {\"mass\": 0.8}}}}",
        "{\"dense\": {\"" + prefix + "dense\": {\"vector\": [0, 0.5, 1, 0.2], \"exact\": true}}}",
        "{\"dense\": {\""
            + prefix
            + "dense\": {\"vector\": [0, 0.5, 1, 0.2], \"oversample\": 2, \"filter\": {\"term\": {\"shelf\": \"s1\"}}}}}",
        "{\"bool\": {\"must\": "
            + sparse(prefix)
            + ", \"should\": ["
            + dense(prefix)
            + ", "
            + maxSim(prefix)
            + "]}}",
        "{\"nested\": "
            + notes
            + "notes.dense\": {\"vector\": [1, 0, 0, 0]}}}, \"inner_hits\": {}}}",
        "{\"top_passages\": " + notes + "notes.dense\": {\"vector\": [1, 0, 0, 0]}}}}}",
        "{\"top_passages\": {\"path\": \""
            + passages
            + "\", \"query\": {\"max_sim\": {\""
            + passages
            + ".tokens\": {\"text\": \""
            + TEXT
            + "\"}}}}}",
        "{\"neural_text\": {\"" + prefix + "body\": \"" + TEXT + "\"}}");
  }

  @Test
  public void everyQueryFindsWhatTheCallerMaySee() {
    for (String query : queries("")) {
      assertTrue(query, expected(search(query)).at("/hits/hits").size() > 3);
      assertSame(search(query), "reader", "query");
      assertSameRankingUnderAFilter(search(query));
    }
  }

  /** One leg at least finds more hidden documents than the window has. */
  private static String fusion(String options) {
    return "{\"fusion\": {\"window\": 15, \"scores\": true, \"legs\": ["
        + ("{\"name\": \"sparse\", \"query\": " + SPARSE + "},")
        + ("{\"name\": \"dense\", \"weight\": 2, \"query\": " + DENSE + "},")
        + ("{\"name\": \"tokens\", \"query\": " + MAX_SIM + "}]")
        + options
        + "}}";
  }

  private static String page(String query, String more) {
    return "{\"size\": 10, \"query\": " + query + more + "}";
  }

  @Test
  public void fusionRanksScalesAndCountsWhatTheCallerMaySee() {
    for (String options :
        List.of(
            "",
            ", \"combination\": \"rrf\"",
            ", \"normalization\": \"z_score\"",
            ", \"normalization\": \"theoretical\", \"combination\": \"harmonic_mean\"",
            ", \"pinned\": [\"0\", \"3\", \"1\", \"6\"], \"excluded\": [\"2\"]",
            ", \"filter\": {\"range\": {\"n\": {\"gte\": 30}}}",
            ", \"boosts\": {\"field_value_factor\": {\"field\": \"n\", \"modifier\": \"log2p\"}}",
            ", \"diversify\": {\"field\": \"dense\", \"lambda\": 0.5}",
            ", \"min_relevance\": 0.3")) {
      assertSame(page(fusion(options), ""), "reader", "query");
      assertSameRankingUnderAFilter(page(fusion(options), ""));
    }
    for (String more :
        List.of(
            ", \"track_total_hits\": true",
            ", \"aggs\": {\"shelves\": {\"terms\": {\"field\": \"shelf\"}}}",
            ", \"collapse\": {\"field\": \"shelf\", \"inner_hits\": {\"name\": \"rest\", \"size\": 3}}",
            ", \"sort\": [{\"n\": \"asc\"}, \"_score\"], \"track_scores\": true",
            ", \"from\": 5",
            ", \"post_filter\": {\"term\": {\"shelf\": \"s1\"}}",
            ", \"rescore\": {\"window_size\": 10, \"query\": {\"rescore_query\": " + MAX_SIM + "}}",
            ", \"fields\": [\"sparse\", {\"field\": \"tokens\", \"format\": \"stored\"}, {\"field\": \"dense\", \"format\": \"stored\"}]",
            ", \"ext\": {\"cross_encoder\": {\"query\": \""
                + TEXT
                + "\", \"field\": \"body\", \"window\": 15}}")) {
      assertSame(page(fusion(""), more), "reader", "query");
    }
    assertSame(page(fusion(""), ", \"explain\": true"), "reader");
  }

  @Test
  public void queriesAreMadeOfDocumentsThatTheCallerMaySee() {
    String feedback = ", \"feedback\": {\"documents\": 8, \"weight\": 2}";
    String like =
        "\"like\": [{\"_id\": \"0\"}, {\"_id\": \"1\"}, {\"_id\": \"3\"}, {\"_id\": \"4\"}]";
    for (String query :
        List.of(
            SPARSE.replace("}}}", "}" + feedback + "}}"),
            DENSE.replace("]}}", "]" + feedback + "}}"),
            "{\"learned_sparse\": {\"sparse\": {" + like + "}}}",
            "{\"dense\": {\"dense\": {" + like + "}}}",
            "{\"nested\": {\"path\": \"notes\", \"query\": {\"dense\": {\"notes.dense\": {\"vector\": [1, 0, 0, 0]"
                + feedback
                + "}}}}}")) {
      for (String where : List.of(query, fused(query))) {
        assertSame(search(where), "reader", "query");
        refused(as("request"), 400, "POST", "/guarded/_search", search(where), "takes no [");
      }
    }
  }

  private static String fused(String leg) {
    return "{\"fusion\": {\"legs\": [{\"query\": " + leg + "}], \"window\": 60}}";
  }

  @Test
  public void profileTellsOfLegsWhatTheCallerMaySee() {
    String body = page(fusion(""), ", \"profile\": true");
    assertEquals(3, expected(body).at("/ext/fusion/legs").size());
    assertSame(body, "reader", "query");
  }

  @Test
  public void highlightersMarkWhatTheCallerMaySee() {
    for (String type : List.of("plain", "unified")) {
      assertSame(
          page(
              "{\"neural_text\": {\"body\": \"" + TEXT + "\"}}",
              ", \"highlight\": {\"fields\": {\"body\": {\"type\": \""
                  + type
                  + "\"}, \"secret_body\": {\"type\": \""
                  + type
                  + "\"}}}"),
          "reader",
          "query");
    }
  }

  @Test
  public void hiddenFieldsAreFieldsThatNoDocumentHas() {
    List<String> hidden = new ArrayList<>(queries("secret_"));
    hidden.add("{\"dense\": {\"secret_coded\": {\"vector\": [1, 0.5, 0, 0.2]}}}");
    hidden.add("{\"exists\": {\"field\": \"secret_dense\"}}");
    hidden.add("{\"exists\": {\"field\": \"secret_sparse\"}}");
    hidden.add("{\"exists\": {\"field\": \"secret_tokens\"}}");
    for (String query : hidden) {
      String body = search(query);
      assertEquals(query, 0, expected(body).at("/hits/total/value").asInt());
      assertSame(body, "reader", "query");
      assertSameRankingUnderAFilter(body);
    }
    assertSame(
        page(
            SPARSE,
            ", \"fields\": [\"secret*\", {\"field\": \"secret_sparse\", \"format\": \"stored\"},"
                + " {\"field\": \"secret_tokens\", \"format\": \"stored\"},"
                + " {\"field\": \"secret_dense\", \"format\": \"stored\"}]"),
        "reader",
        "query");
    assertSame(
        page(fusion(", \"diversify\": {\"field\": \"secret_dense\", \"lambda\": 0.5}"), ""),
        "reader",
        "query");
  }

  @Test
  public void pagesFollowOnEachOther() {
    for (String restriction : List.of("reader", "query")) {
      List<String> expected = ids(expected(page(fusion(""), "")));
      List<String> pages = new ArrayList<>();
      String after = "";
      for (int i = 0; i < 5; i++) {
        JsonNode page =
            found(
                restriction,
                "{\"size\": 2, \"sort\": [{\"_score\": \"desc\"}, {\"n\": \"asc\"}], \"query\": "
                    + fusion("")
                    + after
                    + "}");
        pages.addAll(ids(page));
        JsonNode hits = page.at("/hits/hits");
        after = ", \"search_after\": " + hits.get(hits.size() - 1).get("sort");
      }
      assertEquals(expected, pages);
    }
  }

  @Test
  public void otherRequestsSeeWhatTheCallerMaySee() {
    JsonNode hits = ok(all, "POST", "/plain/_search", "{\"size\": 100}").at("/hits/hits");
    List<String> visible = new ArrayList<>();
    hits.forEach(hit -> visible.add(hit.get("_id").asText()));
    for (String query : List.of(SPARSE, DENSE, MAX_SIM)) {
      String body = "{\"query\": " + query + "}";
      assertEquals(
          ok(all, "POST", "/plain/_count", body).get("count"),
          ok(as("reader"), "POST", "/guarded/_count", body).get("count"));
      for (int i = 0; i < 6; i++) {
        int status = as("reader").call("POST", "/guarded/_explain/" + i, body).status();
        assertEquals(visible.contains(Integer.toString(i)) ? 200 : 404, status);
      }
    }
  }

  /** A caller whose context a model's thread loses would see nothing, or what another may see. */
  @Test
  public void callersAreToldApartWhileModelsWork() {
    List<CompletableFuture<Void>> searches = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      String restriction = randomFrom(List.of("none", "reader", "query"));
      String text = WORDS[i % WORDS.length] + " number " + i;
      String body =
          page(
              "{\"neural_text\": {\"body\": \"" + text + "\"}}",
              ", \"ext\": {\"cross_encoder\": {\"window\": 10}}");
      searches.add(
          CompletableFuture.runAsync(
              () -> {
                List<String> found = ids(found(restriction, body));
                if (restriction.equals("none")) {
                  assertFalse(found.isEmpty());
                } else {
                  assertEquals(ids(expected(body)), found);
                }
              }));
    }
    CompletableFuture.allOf(searches.toArray(CompletableFuture[]::new)).join();
  }

  /** Or the tests would prove nothing. */
  @Test
  public void whoSaysNothingSeesNothing() {
    Api nobody = new Api(all.port());
    assertEquals(
        0,
        ok(nobody, "POST", "/guarded/_search", "{\"query\": {\"match_all\": {}}}")
            .at("/hits/total/value")
            .asInt());
    ArrayNode everything =
        (ArrayNode) ok(all, "POST", "/guarded/_search", "{\"size\": 100}").at("/hits/hits");
    assertEquals(DOCUMENTS, everything.size());
    assertTrue(everything.get(0).get("_source").has("secret_dense"));
  }
}
