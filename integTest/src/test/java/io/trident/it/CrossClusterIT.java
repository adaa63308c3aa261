/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import io.trident.cluster.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.BeforeClass;
import org.junit.Test;

/** Two clusters, of which one searches its own documents and those of the other. */
public class CrossClusterIT extends ClusterTestCase {

  private static final String[] WORDS = {"river", "sand", "mountain", "sea", "stone", "boat"};

  private static final int DOCUMENTS = 80;

  private static final String MAPPING =
      """
      {"settings": {"number_of_shards": %d, "number_of_replicas": 0},
       "mappings": {"properties": {"body": {"type": "text"}, "sparse": {"type": "impact_vector"},
         "text": {"type": "neural_text", "sparse": true}}}}
      """;

  /** Each asks for all documents, so that no window ends among equal ones. */
  private static final List<String> QUERIES =
      List.of(
          """
          {"fusion": {"legs": [
            {"query": {"match": {"body": "river sand"}}},
            {"query": {"learned_sparse": {"sparse": {"tokens": {"sea": 1, "boat": 0.5}}}}}]}}
          """,
          """
          {"fusion": {"normalization": "z_score", "legs": [
            {"query": {"match": {"body": "river sand"}}},
            {"query": {"bool": {"should": [{"fusion": {"legs": [
              {"query": {"match": {"body": "stone"}}}]}}]}}}]}}
          """,
          """
          {"fusion": {"missing": "score", "normalization": "none", "legs": [
            {"query": {"match": {"body": "river sand"}}},
            {"query": {"learned_sparse": {"sparse": {"text": "a boat at sea"}}}}]}}
          """,
          """
          {"function_score": {"weight": 2, "query": {"fusion": {
            "boosts": {"functions": [{"weight": 3, "filter": {"match": {"body": "stone"}}}]}, "legs": [
            {"query": {"match": {"body": "river sand"}}},
            {"query": {"match": {"body": "mountain"}}}]}}}}
          """);

  private static Node far;
  private static Api home;
  private static Api away;

  @BeforeClass
  public static void start() throws IOException {
    int farPort = Node.freePort();
    far =
        install(
            "far",
            List.of(),
            Node.freePort(),
            Map.of("transport.port", Integer.toString(farPort), "cluster.name", "far"));
    Node near =
        install(
            "near",
            List.of(),
            Node.freePort(),
            Map.of("transport.port", Integer.toString(Node.freePort()), "cluster.name", "near"));
    far.launch();
    near.launch();
    far.await();
    near.await();
    home = near.api();
    away = far.api();
    remote("seeds", "[\"127.0.0.1:" + farPort + "\"]");
    fill();
  }

  private static void remote(String setting, Object value) {
    ok(
        home,
        "PUT",
        "/_cluster/settings",
        "{\"persistent\": {\"cluster.remote.far." + setting + "\": " + value + "}}");
  }

  /** All documents are in {@code all} at home, and a half of them in {@code books} of each. */
  private static void fill() {
    List<String> all = new ArrayList<>();
    List<String> here = new ArrayList<>();
    List<String> there = new ArrayList<>();
    for (int i = 0; i < DOCUMENTS; i++) {
      StringBuilder body = new StringBuilder();
      for (int w = randomIntBetween(1, 12); w > 0; w--) {
        body.append(randomFrom(WORDS)).append(' ');
      }
      String document =
          String.format(
              Locale.ROOT,
              "{\"body\": \"%s\", \"text\": \"%s\", \"sparse\": {\"%s\": %f}}",
              body,
              body,
              randomFrom(WORDS),
              randomFloat() + 0.1);
      for (List<String> lines : List.of(all, i % 2 == 0 ? here : there)) {
        lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
        lines.add(document);
      }
    }
    put(home, "all", all);
    put(home, "books", here);
    put(away, "books", there);
  }

  private static void put(Api api, String index, List<String> lines) {
    String mapping = String.format(Locale.ROOT, MAPPING, randomIntBetween(1, 3));
    ok(api, "PUT", "/" + index, mapping);
    bulk(api, index, lines);
  }

  private static JsonNode search(String path, String query) {
    return ok(home, "POST", path, "{\"size\": 20, \"query\": " + query + "}");
  }

  private static Map<String, Float> byId(JsonNode response) {
    Map<String, Float> byId = new HashMap<>();
    List<Float> scores = scores(response);
    ids(response).forEach(id -> byId.put(id, scores.get(byId.size())));
    return byId;
  }

  @Test
  public void testDocumentsOfTwoClustersHaveOneRanking() {
    for (String query : QUERIES) {
      JsonNode expected = search("/all/_search", query);
      Map<String, Float> alone = byId(expected);
      for (boolean minimized : new boolean[] {true, false}) {
        JsonNode found =
            search("/books,far:books/_search?ccs_minimize_roundtrips=" + minimized, query);
        assertEquals(found.toString(), 2, found.at("/_clusters/successful").asInt());
        assertEquals(found.toString(), 0, found.at("/_shards/failed").asInt());
        assertEquals(20, ids(found).size());
        for (int i = 0; i < 20; i++) {
          assertEquals(query, scores(expected).get(i), scores(found).get(i), 1e-4f);
        }
        for (JsonNode hit : found.at("/hits/hits")) {
          String id = hit.path("_id").asText();
          String index = Integer.parseInt(id) % 2 == 0 ? "books" : "far:books";
          assertEquals(index, hit.path("_index").asText());
          float score = hit.path("_score").floatValue();
          assertEquals(query + id, alone.getOrDefault(id, score), score, 1e-4f);
        }
      }
    }
  }

  @Test
  public void testAnotherClusterAlone() {
    for (String query : QUERIES) {
      JsonNode expected = ok(away, "POST", "/books/_search", "{\"query\": " + query + "}");
      for (boolean minimized : new boolean[] {true, false}) {
        JsonNode found =
            ok(
                home,
                "POST",
                "/far:books/_search?ccs_minimize_roundtrips=" + minimized,
                "{\"query\": " + query + "}");
        assertEquals(query, ids(expected), ids(found));
        assertEquals(query, scores(expected), scores(found));
      }
    }
  }

  /** Only the mapping of the other cluster says which vectors a field has. */
  @Test
  public void testQueriesByFieldsAreOfThisCluster() {
    for (String query :
        List.of(
            "{\"neural_text\": {\"text\": {\"text\": \"a boat at sea\"}}}",
            "{\"fusion\": {\"text\": \"a boat\", \"fields\": [\"body\", \"sparse\"]}}")) {
      refused(
          home,
          400,
          "POST",
          "/books,far:books/_search",
          "{\"query\": " + query + "}",
          "must search indices of this cluster, got [far:books]: give [legs]");
    }
  }

  /** Legs leave out a cluster that may be skipped, and fail without any other. */
  @Test
  public void testAClusterThatIsNotThere() throws IOException {
    String query = "{\"query\": " + QUERIES.get(0) + "}";
    far.stop();
    try {
      for (boolean minimized : new boolean[] {true, false}) {
        String path = "/books,far:books/_search?ccs_minimize_roundtrips=" + minimized;
        remote("skip_unavailable", false);
        Api.Answer failed = home.call("POST", path, query);
        assertTrue(failed.toString(), failed.status() >= 500);
        assertTrue(failed.toString(), failed.body().toString().contains("[fusion] leg [leg_"));
        remote("skip_unavailable", true);
        JsonNode found = ok(home, "POST", path, query);
        assertEquals(found.toString(), 1, found.at("/_clusters/skipped").asInt());
        assertEquals(ids(ok(home, "POST", "/books/_search", query)), ids(found));
      }
    } finally {
      far.start();
      remote("skip_unavailable", null);
      ok(away, "GET", "/_cluster/health?wait_for_status=yellow&timeout=90s", null);
    }
  }
}
