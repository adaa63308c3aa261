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
}
