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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.BeforeClass;
import org.junit.Test;

/** The setting {@code index.codec} through the life of an index that needs it. */
public class IndexCodecIT extends ClusterTestCase {

  private static final String QUERY =
      "{\"size\": 50, \"query\": {\"learned_sparse\": {\"sparse\": {\"tokens\": {\"a\": 1, \"b\": 2}}}}}";

  private static Node node;
  private static Api api;

  @BeforeClass
  public static void start() throws IOException {
    node = node(List.of(), Map.of());
    api = node.api();
    ok(
        api,
        "PUT",
        "/_snapshot/copies",
        "{\"type\": \"fs\", \"settings\": {\"location\": \"" + root().resolve("copies") + "\"}}");
  }

  private static List<String> create(String index) {
    ok(
        api,
        "PUT",
        "/" + index,
        "{\"settings\": {\"index.codec\": \"trident\", \"number_of_replicas\": 0, \"number_of_shards\": 1},"
            + " \"mappings\": {\"properties\": {\"sparse\": {\"type\": \"impact_vector\"}}}}");
    index(index, 0, 20);
    return ids(ok(api, "POST", "/" + index + "/_search", QUERY));
  }

  private static void index(String index, int from, int to) {
    List<String> lines = new ArrayList<>();
    for (int i = from; i < to; i++) {
      lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
      lines.add(
          String.format(
              Locale.ROOT, "{\"sparse\": {\"a\": %f, \"b\": %f}}", 1 + i % 7 / 7.0, 1 + i / 40.0));
    }
    bulk(api, index, lines);
  }

  /** A node that holds on to a closed shard does not open it again. */
  @Test
  public void testOpensAndClosesAgainAndAgain() {
    List<String> expected = create("often");
    for (int i = 0; i < 3; i++) {
      ok(api, "POST", "/often/_close", null);
      ok(api, "GET", "/_cluster/health/often?wait_for_status=green&timeout=60s", null);
      ok(api, "POST", "/often/_open", null);
      searched("often", expected);
    }
  }

  private static void searched(String index, List<String> expected) {
    ok(api, "GET", "/_cluster/health/" + index + "?wait_for_status=green&timeout=60s", null);
    assertEquals(expected, ids(ok(api, "POST", "/" + index + "/_search", QUERY)));
  }

  @Test
  public void testAClosedIndexKeepsTheCodec() {
    List<String> expected = create("closed");
    ok(api, "POST", "/closed/_close", null);
    refused(
        api,
        400,
        "PUT",
        "/closed/_settings",
        "{\"index.codec\": \"default\"}",
        "[sparse]",
        "[index.codec]",
        "[default]");
    ok(api, "PUT", "/closed/_settings", "{\"index.codec\": \"trident_best_compression\"}");
    ok(api, "POST", "/closed/_open", null);
    searched("closed", expected);
    index("closed", 20, 30);
    ok(api, "POST", "/closed/_forcemerge?max_num_segments=1", null);
    ok(api, "POST", "/closed/_refresh", null);
    assertEquals(30, ids(ok(api, "POST", "/closed/_search", QUERY)).size());
  }

  @Test
  public void testARestoredIndexKeepsTheCodec() {
    List<String> expected = create("copied");
    ok(
        api,
        "PUT",
        "/_snapshot/copies/one?wait_for_completion=true",
        "{\"indices\": \"copied\", \"include_global_state\": false}");
    String restore = "/_snapshot/copies/one/_restore?wait_for_completion=true";
    String renamed = "\"rename_pattern\": \"copied\", \"rename_replacement\": \"%s\"";
    refused(
        api,
        400,
        "POST",
        restore,
        "{\"ignore_index_settings\": [\"index.codec\"], "
            + String.format(Locale.ROOT, renamed, "without")
            + "}",
        "[copied]",
        "[sparse]",
        "[index.codec]",
        "[default]");
    ok(api, "POST", restore, "{" + String.format(Locale.ROOT, renamed, "with") + "}");
    searched("with", expected);
  }

  @Test
  public void testACloneKeepsTheCodec() {
    List<String> expected = create("original");
    ok(api, "PUT", "/original/_settings", "{\"index.blocks.write\": true}");
    ok(api, "PUT", "/original/_clone/clone", "{\"settings\": {\"index.number_of_replicas\": 0}}");
    searched("clone", expected);
    JsonNode settings = ok(api, "GET", "/clone/_settings?flat_settings=true", null);
    assertEquals("trident", settings.path("clone").path("settings").path("index.codec").asText());
  }

  @Test
  public void testARestartKeepsTheCodec() throws IOException {
    List<String> expected = create("restarted");
    node.stop();
    node.start();
    searched("restarted", expected);
  }

  @Test
  public void testStatisticsShowTheBytesOfEachFile() {
    create("measured");
    ok(api, "POST", "/measured/_flush", null);
    JsonNode sizes =
        ok(api, "GET", "/measured/_stats/segments?include_segment_file_sizes=true", null)
            .at("/_all/primaries/segments/file_sizes");
    for (String extension : List.of("imm", "imi", "imd")) {
      long bytes = sizes.path(extension).path("size_in_bytes").asLong();
      assertTrue(sizes.toString(), bytes > 0);
    }
  }

  @Test
  public void testTemplates() {
    String mapping = "\"mappings\": {\"properties\": {\"sparse\": {\"type\": \"impact_vector\"}}}";
    String codec = "\"settings\": {\"index.codec\": \"trident\"}";
    refused(
        api,
        400,
        "PUT",
        "/_component_template/half",
        "{\"template\": {" + mapping + "}}",
        "[sparse]",
        "[index.codec]");
    ok(
        api,
        "PUT",
        "/_component_template/whole",
        "{\"template\": {" + codec + ", " + mapping + "}}");
    ok(
        api,
        "PUT",
        "/_index_template/made",
        "{\"index_patterns\": [\"made-*\"], \"composed_of\": [\"whole\"]}");
    index("made-1", 0, 5);
    assertEquals(5, ids(ok(api, "POST", "/made-1/_search", QUERY)).size());
  }

  private static String wideMapping(String codec) {
    return "{\"settings\": {\"index.codec\": \""
        + codec
        + "\", \"number_of_replicas\": 0, \"number_of_shards\": 1}, \"mappings\": {\"properties\": {"
        + "\"a\": {\"type\": \"dense_vector\", \"dimension\": 1536, \"encoding\": \"1bit\"}, "
        + "\"b\": {\"type\": \"dense_vector\", \"dimension\": 3072, \"encoding\": \"8bit\"}, "
        + "\"c\": {\"type\": \"dense_vector\", \"dimension\": 4096}}}}";
  }

  /** A vector whose first numbers stand on a half circle. */
  private static String wide(int dimension, int i) {
    double angle = Math.PI * i / 40;
    return String.format(Locale.ROOT, "[%f, %f", Math.cos(angle), Math.sin(angle))
        + ", 0.001".repeat(dimension - 2)
        + "]";
  }

  @Test
  public void testWideVectorsAreSearchedBeforeAndAfterAMerge() {
    refused(
        api,
        400,
        "PUT",
        "/narrow",
        wideMapping("default")
            .replace("\"encoding\": \"1bit\"", "\"m\": 8")
            .replace("\"encoding\": \"8bit\"", "\"m\": 8"),
        "[index.codec]",
        "at most 1024");
    ok(api, "PUT", "/wide", wideMapping("trident"));
    for (int from = 0; from < 40; from += 10) {
      List<String> lines = new ArrayList<>();
      for (int i = from; i < from + 10; i++) {
        lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
        lines.add(
            "{\"a\": "
                + wide(1536, i)
                + ", \"b\": "
                + wide(3072, i)
                + ", \"c\": "
                + wide(4096, i)
                + "}");
      }
      bulk(api, "wide", lines);
    }
    assertWideVectorsAreFound();
    ok(api, "POST", "/wide/_forcemerge?max_num_segments=1", null);
    ok(api, "POST", "/wide/_refresh", null);
    assertWideVectorsAreFound();
  }

  private static void assertWideVectorsAreFound() {
    Map.of("a", 1536, "b", 3072, "c", 4096)
        .forEach(
            (field, dimension) -> {
              String vector = "{\"" + field + "\": {\"vector\": " + wide(dimension, 20);
              String neighbors = "{\"dense\": " + vector + ", \"k\": 3, \"oversample\": 10}}}";
              String exact = "{\"dense\": " + vector + ", \"exact\": true}}}";
              String few = "{\"dense\": " + vector + ", \"k\": 1}}}";
              List<String> nearest =
                  ids(ok(api, "POST", "/wide/_search", "{\"query\": " + neighbors + "}"));
              assertEquals("20", nearest.get(0));
              assertEquals(3, nearest.size());
              assertEquals(
                  "20", ids(ok(api, "POST", "/wide/_search", "{\"query\": " + exact + "}")).get(0));
              assertRescored(few, exact);
            });
  }

  /** Whatever is rescored has its similarity, not only what is among the nearest. */
  private static void assertRescored(String few, String exact) {
    String all =
        "{\"size\": 40, \"query\": {\"match_all\": {}}, \"rescore\": {\"window_size\": 40,"
            + " \"query\": {\"query_weight\": 0, \"rescore_query\": "
            + few
            + "}}}";
    JsonNode rescored = ok(api, "POST", "/wide/_search", all).at("/hits/hits");
    JsonNode scanned =
        ok(api, "POST", "/wide/_search", "{\"size\": 40, \"query\": " + exact + "}")
            .at("/hits/hits");
    assertEquals(40, rescored.size());
    for (int i = 0; i < 40; i++) {
      double score = scanned.get(i).path("_score").asDouble();
      assertTrue(score > 0);
      assertEquals(score, rescored.get(i).path("_score").asDouble(), 1e-5);
    }
  }
}
