/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import io.trident.cluster.Node;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * What OpenSearch does with an index in its life, done with every kind of index that Trident has:
 * after each step the index holds what was put into it.
 */
public class IndexLifecycleIT extends ClusterTestCase {

  private static final String IMPACTS = "\"sparse\": {\"type\": \"impact_vector\"}";
  private static final String TOKENS =
      "\"tokens\": {\"type\": \"token_vectors\", \"dimension\": 8}";
  private static final String QUANTISED =
      "\"dense\": {\"type\": \"dense_vector\", \"dimension\": 8, \"encoding\": \"8bit\"}";
  private static final String VECTOR = "[1, 2, 3, 4, 5, 6, 7, 8]";
  private static final String BY_IMPACTS =
      "{\"learned_sparse\": {\"sparse\": {\"tokens\": {\"a\": 1, \"b\": 2}}}}";
  private static final String BY_TOKENS =
      "{\"max_sim\": {\"tokens\": {\"vectors\": [" + VECTOR + "]}}}";
  private static final String BY_VECTOR =
      "{\"dense\": {\"dense\": {\"vector\": " + VECTOR + ", \"k\": 100}}}";

  /** A busy machine copies segments slowly. */
  private static final Duration REPLICATION = Duration.ofSeconds(60);

  private static Api api;

  @BeforeClass
  public static void start() throws IOException {
    List<Node> nodes = cluster(2, List.of(), Map.of());
    api = nodes.get(0).api();
    ok(api, "GET", "/_cluster/health?wait_for_nodes=2&timeout=90s", null);
    ok(
        api,
        "PUT",
        "/_snapshot/copies",
        "{\"type\": \"fs\", \"settings\": {\"location\": \"" + root().resolve("copies") + "\"}}");
  }

  /**
   * A kind of index.
   *
   * @param codec its {@code index.codec}
   * @param settings further settings, each with a comma before it
   * @param properties of its mapping
   * @param value gives the fields of a document
   * @param query finds every document
   * @param resizable whether OpenSearch clones, splits and shrinks it
   */
  private record Kind(
      String name,
      String codec,
      String settings,
      String properties,
      Supplier<String> value,
      String query,
      boolean resizable) {

    private Kind(
        String name,
        String codec,
        String settings,
        String properties,
        Supplier<String> value,
        String query) {
      this(name, codec, settings, properties, value, query, true);
    }

    /** With star trees: OpenSearch does not resize such indices. */
    private static Kind ofStarTrees(
        String name, String codec, String properties, Supplier<String> value, String query) {
      String settings = ", \"index.composite_index\": true, \"index.append_only.enabled\": true";
      return new Kind(name, codec, settings, properties, value, query, false);
    }

    private String body(String more) {
      return "{\"settings\": {\"index.codec\": \""
          + codec
          + "\", \"number_of_shards\": 1, \"number_of_replicas\": 1, \"index.replication.type\": \""
          + randomFrom(List.of("SEGMENT", "DOCUMENT"))
          + "\""
          + settings
          + "}, \"mappings\": {"
          + more
          + "\"properties\": {\"number\": {\"type\": \"integer\"}, "
          + properties
          + "}}}";
    }

    private boolean needsCodec() {
      return codec.startsWith("trident");
    }

    private String otherCodec() {
      String fast = needsCodec() ? "trident" : "default";
      String small = needsCodec() ? "trident_best_compression" : "best_compression";
      return codec.equals(fast) ? small : fast;
    }
  }

  private static String impacts() {
    return "\"sparse\": {\"a\": " + randomFloatBetween() + ", \"b\": " + randomFloatBetween() + "}";
  }

  private static float randomFloatBetween() {
    return randomIntBetween(1, 400) / 100f;
  }

  /** Indexes documents of which the first brings a field that the mapping has not yet. */
  private static void index(Kind kind, String index, int from, int to) {
    List<String> lines = new ArrayList<>();
    for (int i = from; i < to; i++) {
      lines.add("{\"index\": {}}");
      String dynamic = ", \"dynamic" + from + "\": \"of " + i + "\"";
      lines.add("{\"number\": " + i + dynamic + ", " + kind.value.get() + "}");
    }
    bulk(api, index, lines);
  }

  private static void green(String index) {
    ok(
        api,
        "GET",
        "/_cluster/health/"
            + index
            + "?wait_for_status=green&wait_for_no_initializing_shards=true&timeout=60s",
        null);
  }

  /** The score of each document by its number, from primaries or from replicas. */
  private static Map<Integer, Float> found(Kind kind, String index, String preference) {
    JsonNode response =
        ok(
            api,
            "POST",
            "/" + index + "/_search?preference=" + preference,
            "{\"size\": 100, \"query\": " + kind.query + "}");
    assertEquals(response.toString(), 0, response.at("/_shards/failed").asInt());
    Map<Integer, Float> scores = new TreeMap<>();
    for (JsonNode hit : response.at("/hits/hits")) {
      scores.put(hit.at("/_source/number").asInt(), (float) hit.path("_score").asDouble());
    }
    return scores;
  }

  private static void assertHolds(Kind kind, String index, Map<Integer, Float> expected) {
    green(index);
    for (String copy : List.of("_primary", "_replica")) {
      Map<Integer, Float> actual = found(kind, index, copy);
      long deadline = System.nanoTime() + REPLICATION.toNanos();
      while (actual.keySet().equals(expected.keySet()) == false && System.nanoTime() < deadline) {
        actual = found(kind, index, copy); // segments are on their way
      }
      assertEquals(index + copy, expected.keySet(), actual.keySet());
      for (int number : actual.keySet()) {
        assertEquals(index + copy, expected.get(number), actual.get(number), 0.01f);
      }
    }
    JsonNode totals =
        ok(
            api,
            "POST",
            "/" + index + "/_search",
            "{\"size\": 0, \"aggs\": {\"sum\": {\"sum\": {\"field\": \"number\"}}}}");
    assertEquals(
        "by star trees, where there are any",
        expected.keySet().stream().mapToInt(number -> number).sum(),
        totals.at("/aggregations/sum/value").asInt());
  }

  private static Map<Integer, Float> settled(Kind kind, String index, int documents) {
    green(index);
    Map<Integer, Float> found = found(kind, index, "_primary");
    assertEquals(documents, found.size());
    assertHolds(kind, index, found);
    return found;
  }

  private static void live(Kind kind) {
    String index = kind.name;
    ok(api, "PUT", "/" + index, kind.body(""));
    index(kind, index, 0, 10);
    ok(
        api,
        "PUT",
        "/" + index + "/_mapping",
        "{\"properties\": {\"year\": {\"type\": \"integer\"}}}");
    index(kind, index, 10, 15);
    ok(api, "POST", "/" + index + "/_flush", null);
    index(kind, index, 15, 20);
    settled(kind, index, 20);
    ok(api, "POST", "/" + index + "/_forcemerge?max_num_segments=1&flush=true", null);
    ok(api, "POST", "/" + index + "/_refresh", null);
    Map<Integer, Float> expected = settled(kind, index, 20);
    ok(api, "POST", "/" + index + "/_close", null);
    ok(api, "PUT", "/" + index + "/_settings", "{\"index.codec\": \"" + kind.otherCodec() + "\"}");
    ok(api, "POST", "/" + index + "/_open", null);
    assertHolds(kind, index, expected);
    index(kind, index, 20, 22);
    Map<Integer, Float> more = settled(kind, index, 22);
    if (kind.resizable) {
      resize(kind, more);
    }
    restore(kind, more);
    rollOver(kind);
  }

  private static void resize(Kind kind, Map<Integer, Float> expected) {
    String index = kind.name;
    String open = "\"index.blocks.write\": null, \"index.number_of_replicas\": 1";
    ok(api, "PUT", "/" + index + "/_settings", "{\"index.blocks.write\": true}");
    if (kind.needsCodec()) {
      String lost = "{\"settings\": {\"index.codec\": \"default\"}}";
      refused(api, 400, "PUT", "/" + index + "/_clone/" + index + "-lost", lost, "[index.codec]");
    }
    ok(api, "PUT", "/" + index + "/_clone/" + index + "-clone", "{\"settings\": {" + open + "}}");
    assertHolds(kind, index + "-clone", expected);
    index(kind, index + "-clone", 30, 32);
    settled(kind, index + "-clone", expected.size() + 2);
    ok(
        api,
        "PUT",
        "/" + index + "/_split/" + index + "-split",
        "{\"settings\": {\"index.number_of_shards\": 2, \"index.number_of_replicas\": 1}}");
    assertHolds(kind, index + "-split", expected);
    ok(api, "PUT", "/" + index + "-split/_settings", "{\"index.blocks.write\": true}");
    ok(
        api,
        "PUT",
        "/" + index + "-split/_shrink/" + index + "-shrunk",
        "{\"settings\": {\"index.number_of_shards\": 1, " + open + "}}");
    assertHolds(kind, index + "-shrunk", expected);
    index(kind, index + "-shrunk", 30, 32);
    settled(kind, index + "-shrunk", expected.size() + 2);
  }

  private static void restore(Kind kind, Map<Integer, Float> expected) {
    String index = kind.name;
    String snapshot = "/_snapshot/copies/" + index;
    ok(
        api,
        "PUT",
        snapshot + "?wait_for_completion=true",
        "{\"indices\": \"" + index + "\", \"include_global_state\": false}");
    String renamed = "\"rename_pattern\": \"(.+)\", \"rename_replacement\": \"$1-restored\"";
    if (kind.needsCodec()) {
      for (String lost :
          List.of(
              "\"index_settings\": {\"index.codec\": \"default\"}",
              "\"index_settings\": {\"codec\": \"best_compression\"}",
              "\"ignore_index_settings\": [\"index.codec\"]",
              "\"ignore_index_settings\": [\"index.c*\"]")) {
        refused(
            api,
            400,
            "POST",
            snapshot + "/_restore?wait_for_completion=true",
            "{" + lost + ", " + renamed + "}",
            "[index.codec]",
            "[" + index + "]");
      }
    }
    JsonNode restored =
        ok(
            api,
            "POST",
            snapshot + "/_restore?wait_for_completion=true",
            "{\"index_settings\": {\"index.blocks.write\": false, \"index.refresh_interval\": \"2s\"}, "
                + renamed
                + "}");
    assertEquals(restored.toString(), 0, restored.at("/snapshot/shards/failed").asInt());
    assertHolds(kind, index + "-restored", expected);
    index(kind, index + "-restored", 30, 32);
    settled(kind, index + "-restored", expected.size() + 2);
  }

  private static void rollOver(Kind kind) {
    String alias = kind.name + "-roll";
    ok(
        api,
        "PUT",
        "/_index_template/" + alias,
        "{\"index_patterns\": [\"" + alias + "-*\"], \"template\": " + kind.body("") + "}");
    ok(
        api,
        "PUT",
        "/" + alias + "-000001",
        "{\"aliases\": {\"" + alias + "\": {\"is_write_index\": true}}}");
    index(kind, alias, 0, 3);
    ok(api, "POST", "/" + alias + "/_rollover", null);
    index(kind, alias, 3, 6);
    settled(kind, alias, 6);
    ok(api, "DELETE", "/" + kind.name + "*", null);
  }

  @Test
  public void testImpactVectors() {
    live(new Kind("impacts", "trident", "", IMPACTS, IndexLifecycleIT::impacts, BY_IMPACTS));
  }

  @Test
  public void testAnIndexThatIsSortedByImpactVectors() {
    String sorted = ", \"index.sort.field\": \"sparse\"";
    live(new Kind("sorted", "trident", sorted, IMPACTS, IndexLifecycleIT::impacts, BY_IMPACTS));
  }

  @Test
  public void testTokenVectors() {
    String value = "\"tokens\": [" + VECTOR + "]";
    live(new Kind("tokens", "trident", "", TOKENS, () -> value, BY_TOKENS));
  }

  @Test
  public void testQuantisedVectors() {
    String value = "\"dense\": " + VECTOR;
    live(new Kind("quantised", "trident", "", QUANTISED, () -> value, BY_VECTOR));
  }

  @Test
  public void testVectorsWithoutTheCodec() {
    String floats = "\"dense\": {\"type\": \"dense_vector\", \"dimension\": 8}";
    String value = "\"dense\": " + VECTOR;
    live(new Kind("floats", "default", "", floats, () -> value, BY_VECTOR));
  }

  @Test
  public void testNestedPassagesWithCompression() {
    String properties =
        "\"passages\": {\"type\": \"nested\", \"properties\": {"
            + String.join(", ", IMPACTS, TOKENS, QUANTISED)
            + "}}";
    String passage = "{" + impacts() + ", \"tokens\": [" + VECTOR + "], \"dense\": " + VECTOR + "}";
    String query =
        "{\"nested\": {\"path\": \"passages\", \"query\": {\"max_sim\": {\"passages.tokens\":"
            + " {\"vectors\": ["
            + VECTOR
            + "]}}}}}";
    live(
        new Kind(
            "nested",
            "trident_best_compression",
            "",
            properties,
            () -> "\"passages\": [" + passage + ", " + passage + "]",
            query));
  }

  @Test
  public void testStarTrees() {
    String properties =
        String.join(", ", IMPACTS, QUANTISED)
            + ", \"kind\": {\"type\": \"integer\"}}, \"composite\": {\"tree\": {\"type\": \"star_tree\","
            + " \"config\": {\"ordered_dimensions\": [{\"name\": \"kind\"}, {\"name\": \"number\"}],"
            + " \"metrics\": [{\"name\": \"number\", \"stats\": [\"sum\", \"value_count\"]}]}}";
    Supplier<String> value = () -> "\"kind\": 1, " + impacts() + ", \"dense\": " + VECTOR;
    String codec = randomFrom(List.of("trident", "trident_best_compression"));
    live(Kind.ofStarTrees("stars", codec, properties, value, BY_IMPACTS));
  }

  @Test
  public void testTokenVectorsBesideStarTreesAreRefused() {
    refused(
        api,
        400,
        "PUT",
        "/refused",
        "{\"settings\": {\"index.codec\": \"trident\", \"index.composite_index\": true},"
            + " \"mappings\": {\"properties\": {"
            + TOKENS
            + "}}}",
        "[tokens]",
        "[index.composite_index]");
  }
}
