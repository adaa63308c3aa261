/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.BeforeClass;
import org.junit.Test;

/** What is found by pruning and over shards, against what arithmetic in this class says. */
public class ExactnessIT extends ClusterTestCase {

  private static final int DOCUMENTS = 5_000;
  private static final int[] SHARDS = {1, 3, 5};
  private static final int VOCABULARY = 400;
  private static final int DIMENSION = 8;
  private static final double STEP = 4.0 / 255;

  private static Api api;

  /** The documents that are live, by id. */
  private static final Map<String, Stored> STORED = new HashMap<>();

  private record Stored(Map<String, Float> sparse, float[][] tokens, String text) {}

  @BeforeClass
  public static void start() throws IOException {
    api = sharedNode();
    create("exact");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < DOCUMENTS; i++) {
      String id = Integer.toString(rarely() ? randomIntBetween(0, i) : i);
      Stored document = randomDocument();
      STORED.put(id, document);
      lines.add("{\"index\": {\"_id\": \"" + id + "\"}}");
      lines.add(json(document));
      if (rarely()) {
        String deleted = Integer.toString(randomIntBetween(0, i));
        STORED.remove(deleted);
        lines.add("{\"delete\": {\"_id\": \"" + deleted + "\"}}");
      }
      if (lines.size() > 2_000 || i == DOCUMENTS - 1) {
        send("exact", lines);
      }
    }
    if (randomBoolean()) {
      ok(api, "POST", "/exact-*/_forcemerge?max_num_segments=" + randomIntBetween(1, 3), null);
      ok(api, "POST", "/exact-*/_refresh", null);
    }
  }

  /** Makes an index with each number of shards. */
  private static void create(String name) {
    String encoding = randomFrom(new String[] {"1bit", "2bit", "4bit", "8bit"});
    for (int shards : SHARDS) {
      ok(
          api,
          "PUT",
          "/" + name + "-" + shards,
          String.format(
              Locale.ROOT,
              """
          {"settings": {"index.codec": "trident", "number_of_shards": %d, "number_of_replicas": 0,
                        "refresh_interval": -1%s},
           "mappings": {"_source": {"enabled": false}, "properties": {
             "text": {"type": "text"}, "sparse": {"type": "impact_vector"},
             "tokens": {"type": "token_vectors", "dimension": %d, "encoding": "float32", "similarity": "dot_product"},
             "codes": {"type": "token_vectors", "dimension": %d, "encoding": "%s"}}}}
          """,
              shards,
              shards == 3 ? ", \"sort.field\": \"sparse\"" : "",
              DIMENSION,
              DIMENSION,
              encoding));
    }
  }

  /** Sends the lines to the index with each number of shards, and empties them. */
  private static void send(String name, List<String> lines) {
    for (int shards : SHARDS) {
      ok(
          api,
          "POST",
          "/" + name + "-" + shards + "/_bulk?refresh=true",
          String.join("\n", lines) + "\n");
    }
    lines.clear();
  }

  private static Stored randomDocument() {
    Map<String, Float> sparse = new TreeMap<>();
    StringBuilder text = new StringBuilder();
    for (int t = randomIntBetween(1, 30); t > 0; t--) {
      String token = token();
      sparse.put(token, 0.05f + 3 * randomFloat());
      text.append(token).append(' ');
    }
    float[][] tokens = new float[randomIntBetween(1, 6)][];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = vector();
    }
    return new Stored(sparse, tokens, text.toString());
  }

  private static String token() {
    return "t" + (int) (VOCABULARY * Math.pow(randomDouble(), 3));
  }

  private static float[] vector() {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) randomGaussian();
    }
    return vector;
  }

  private static String json(Stored document) {
    return "{\"text\": \""
        + document.text
        + "\", \"sparse\": "
        + Api.JSON.valueToTree(document.sparse)
        + ", \"tokens\": "
        + Api.JSON.valueToTree(document.tokens)
        + ", \"codes\": "
        + Api.JSON.valueToTree(document.tokens)
        + "}";
  }

  private static Map<String, Float> randomQuery() {
    Map<String, Float> query = new TreeMap<>();
    for (int t = randomIntBetween(1, 25); t > 0; t--) {
      query.put(token(), 0.1f + 2 * randomFloat());
    }
    return query;
  }

  /**
   * The ids that any ranking of the first k may hold, given the exact scores: ties go either way.
   */
  private static void assertTop(Map<String, Double> exact, JsonNode response, int k, double error) {
    List<Double> best = exact.values().stream().sorted(Comparator.reverseOrder()).toList();
    List<String> ids = ids(response);
    List<Float> scores = scores(response);
    assertEquals(Math.min(k, best.size()), ids.size());
    for (int i = 0; i < ids.size(); i++) {
      double tolerance = error * Math.max(1, best.get(i));
      assertEquals("score at rank " + i, best.get(i), scores.get(i), tolerance);
      assertEquals("score of " + ids.get(i), exact.get(ids.get(i)), scores.get(i), tolerance);
    }
  }

  @Test
  public void testLearnedSparseEqualsBruteForce() {
    for (int i = 0; i < 20; i++) {
      Map<String, Float> query = randomQuery();
      Map<String, Double> exact = new HashMap<>();
      STORED.forEach(
          (id, document) -> {
            double score = 0;
            for (Map.Entry<String, Float> token : query.entrySet()) {
              Float weight = document.sparse.get(token.getKey());
              if (weight != null) {
                score += token.getValue() * STEP * Math.max(1, Math.round(weight / STEP));
              }
            }
            if (score > 0) {
              exact.put(id, score);
            }
          });
      String body =
          "{\"size\": 100, \"query\": {\"learned_sparse\": {\"sparse\": {\"tokens\": "
              + Api.JSON.valueToTree(query)
              + "}}}}";
      int shards = randomFrom(new Integer[] {1, 3, 5});
      // The query's weights are rounded to some 11 bits.
      assertTop(exact, ok(api, "POST", "/exact-" + shards + "/_search", body), 100, 2e-3);
      assertEquals(
          scores(ok(api, "POST", "/exact-1/_search", body)),
          scores(ok(api, "POST", "/exact-5/_search", body)));
    }
  }

  @Test
  public void testApproximationKeepsScoresAndTheProfileCountsBlocks() {
    String tokens = Api.JSON.valueToTree(randomQuery()).toString();
    String query =
        "{\"size\": 50, %s\"query\": {\"learned_sparse\": {\"sparse\": {\"tokens\": %s%s}}}}";
    for (int shards : new int[] {1, 3}) {
      String search = "/exact-" + shards + "/_search";
      JsonNode exact = ok(api, "POST", search, String.format(Locale.ROOT, query, "", tokens, ""));
      String some = ", \"approximate\": {\"blocks\": 1, \"mass\": 0.7}";
      String profiled = "\"profile\": true, ";
      JsonNode found =
          ok(api, "POST", search, String.format(Locale.ROOT, query, profiled, tokens, some));
      assertTrue(ids(found).size() <= ids(exact).size());
      for (int i = 0; i < ids(found).size(); i++) {
        assertTrue(scores(found).get(i) <= scores(exact).get(i));
      }
      JsonNode breakdown = found.at("/profile/shards/0/searches/0/query/0/breakdown");
      long blocks = breakdown.path("impact_blocks").asLong();
      long scored = breakdown.path("impact_blocks_scored").asLong();
      assertTrue(breakdown.toString(), scored >= 1 && scored <= blocks);
      assertTrue(breakdown.toString(), breakdown.path("impact_cells").asLong() >= scored);
      assertTrue(breakdown.toString(), breakdown.path("impact_documents").asLong() >= 1);
    }
  }

  @Test
  public void testMinScoreCountsAndStopsEarly() {
    String tokens = Api.JSON.valueToTree(randomQuery()).toString();
    String query =
        "{\"size\": 100, %s\"query\": {\"learned_sparse\": {\"sparse\": {\"tokens\": %s}}}}";
    JsonNode all =
        ok(
            api,
            "POST",
            "/exact-3/_search",
            String.format(Locale.ROOT, query, "\"track_total_hits\": true, ", tokens));
    List<Float> scores = scores(all);
    float least = scores.get(scores.size() / 2);
    JsonNode above =
        ok(
            api,
            "POST",
            "/exact-3/_search",
            String.format(Locale.ROOT, query, "\"min_score\": " + least + ", ", tokens));
    assertEquals(scores.stream().filter(score -> score >= least).toList(), scores(above));
    assertEquals("eq", all.at("/hits/total/relation").asText());
    JsonNode none =
        ok(
            api,
            "POST",
            "/exact-3/_search",
            String.format(Locale.ROOT, query, "\"track_total_hits\": false, ", tokens));
    assertEquals(scores, scores(none));
    JsonNode stopped =
        ok(
            api,
            "POST",
            "/exact-3/_search",
            String.format(
                Locale.ROOT, query, "\"terminate_after\": 1, \"timeout\": \"10s\", ", tokens));
    assertTrue(stopped.toString(), stopped.path("terminated_early").asBoolean());
  }

  @Test
  public void testMaxSimEqualsBruteForce() {
    for (int i = 0; i < 10; i++) {
      float[][] query = new float[randomIntBetween(1, 5)][];
      for (int q = 0; q < query.length; q++) {
        query[q] = vector();
      }
      Map<String, Double> exact = new HashMap<>();
      STORED.forEach((id, document) -> exact.put(id, Math.max(0, maxSim(query, document.tokens))));
      String body =
          "{\"size\": 100, \"query\": {\"max_sim\": {\"tokens\": {\"vectors\": "
              + Api.JSON.valueToTree(query)
              + "}}}}";
      int shards = randomFrom(new Integer[] {1, 3, 5});
      assertTop(exact, ok(api, "POST", "/exact-" + shards + "/_search", body), 100, 1e-4);
    }
  }

  /** What the codes give does not depend on what is kept, nor on the segment or shard. */
  @Test
  public void testMaxSimOverCodesEqualsAScan() {
    for (int i = 0; i < 5; i++) {
      String query =
          "\"query\": {\"max_sim\": {\"codes\": {\"vectors\": "
              + Api.JSON.valueToTree(new float[][] {vector(), vector(), vector()})
              + "}}}}";
      JsonNode scan = ok(api, "POST", "/exact-1/_search", "{\"size\": " + DOCUMENTS + ", " + query);
      List<String> ids = ids(scan);
      assertEquals(STORED.keySet(), Set.copyOf(ids));
      List<Float> scores = scores(scan);
      Map<String, Double> exact = new HashMap<>();
      for (int d = 0; d < ids.size(); d++) {
        exact.put(ids.get(d), (double) scores.get(d));
      }
      for (int shards : SHARDS) {
        JsonNode top = ok(api, "POST", "/exact-" + shards + "/_search", "{\"size\": 100, " + query);
        assertTop(exact, top, 100, 1e-6);
      }
    }
  }

  private static double maxSim(float[][] query, float[][] tokens) {
    double sum = 0;
    for (float[] q : query) {
      double best = Double.NEGATIVE_INFINITY;
      for (float[] token : tokens) {
        double dot = 0;
        for (int d = 0; d < DIMENSION; d++) {
          dot += (double) q[d] * token[d];
        }
        best = Math.max(best, dot);
      }
      sum += best;
    }
    return sum;
  }

  @Test
  public void testFusionDoesNotDependOnShards() {
    // BM25 rests on statistics, which count deleted documents until a merge may drop them: here are
    // none, for when it may is each index's own affair.
    create("whole");
    List<String> lines = new ArrayList<>();
    STORED.forEach(
        (id, document) -> {
          lines.add("{\"index\": {\"_id\": \"" + id + "\"}}");
          lines.add(json(document));
        });
    send("whole", lines);
    String[][] methods = {
      {"rrf", null},
      {"arithmetic_mean", "min_max"},
      {"arithmetic_mean", "l2"},
      {"arithmetic_mean", "z_score"},
      {"arithmetic_mean", "theoretical"},
      {"arithmetic_mean", "none"},
      {"geometric_mean", "min_max"},
      {"geometric_mean", "l2"},
      {"harmonic_mean", "min_max"},
      {"harmonic_mean", "theoretical"}
    };
    for (String[] method : methods) {
      String body = fusion(method[0], method[1]);
      JsonNode one = ok(api, "POST", "/whole-1/_search", body);
      assertEquals(50, ids(one).size());
      for (int shards : new int[] {3, 5}) {
        JsonNode many = ok(api, "POST", "/whole-" + shards + "/_search", body);
        assertEquals(String.join(" ", method[0], method[1]), ids(one), ids(many));
        for (int i = 0; i < 50; i++) {
          assertEquals(
              scores(one).get(i), scores(many).get(i), 1e-5f * Math.max(1, scores(one).get(i)));
        }
      }
    }
  }

  private static String fusion(String combination, String normalization) {
    Map<String, Float> query = randomQuery();
    return String.format(
        Locale.ROOT,
        """
        {"size": 50, "query": {"fusion": {"combination": "%s"%s, "legs": [
          {"name": "bm25", "weight": 0.7, "query": {"match": {"text": "%s"}}},
          {"name": "sparse", "query": {"learned_sparse": {"sparse": {"tokens": %s, "idf": %s}}}},
          {"name": "tokens", "query": {"max_sim": {"tokens": {"vectors": %s}}}}]}}}
        """,
        combination,
        normalization == null ? "" : ", \"normalization\": \"" + normalization + "\"",
        String.join(" ", query.keySet()),
        Api.JSON.valueToTree(query),
        randomBoolean(),
        Api.JSON.valueToTree(new float[][] {vector(), vector()}));
  }
}
