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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.Test;

/** Where a node has no plugin, only the indices that need it suffer. */
public class MissingPluginIT extends ClusterTestCase {

  private static final List<String> LINES =
      List.of(
          "{\"index\": {\"_id\": \"1\"}}",
          "{\"body\": \"small segments are merged\"}",
          "{\"index\": {\"_id\": \"2\"}}",
          "{\"body\": \"rivers carry sand\"}");

  private static final String MATCH = "{\"query\": {\"match\": {\"body\": \"segments\"}}}";

  private static final String DERIVED =
      """
      {"settings": {"index.codec": "trident", "number_of_replicas": 0,
         "index.trident.derived_vectors": ["impact_vector"]},
       "mappings": {"properties": {"impacts": {"type": "impact_vector", "max_weight": 4}}}}
      """;

  private static final String VECTOR = "{\"impacts\": {\"river\": 1, \"sand\": 2}}";

  private static void create(Api api, String index, String type, int replicas) {
    ok(
        api,
        "PUT",
        "/" + index,
        "{\"settings\": {\"number_of_shards\": 1, \"number_of_replicas\": "
            + replicas
            + "}, \"mappings\": {\"properties\": {\"body\": {\"type\": \""
            + type
            + "\"}}}}");
    bulk(api, index, LINES);
  }

  private static String status(Api api, String index, String wanted) {
    return ok(
            api,
            "GET",
            "/_cluster/health/" + index + "?wait_for_status=" + wanted + "&timeout=60s",
            null)
        .path("status")
        .asText();
  }

  /** Closes an index; a shard that is tried at that moment keeps it open. */
  private static void close(Api api, String index) {
    while (ok(api, "POST", "/" + index + "/_close", null)
            .at("/indices/" + index + "/closed")
            .asBoolean()
        == false) {
      ok(
          api,
          "GET",
          "/_cluster/health?wait_for_events=languid&wait_for_no_initializing_shards=true&timeout=60s",
          null);
    }
  }

  @Test
  public void testRemovedPluginLeavesOtherIndicesAlone() throws IOException {
    Node node = install("removed", List.of(), Node.freePort(), Map.of());
    Path home = root().resolve("removed");
    Api api = node.start().api();
    create(api, "neural", "neural_text", 0);
    create(api, "deleted", "neural_text", 0);
    create(api, "plain", "text", 0);
    ok(api, "PUT", "/derived", DERIVED);
    ok(api, "PUT", "/derived/_doc/1", VECTOR);
    ok(
        api,
        "PUT",
        "/_cluster/settings",
        "{\"persistent\": {\"trident.inference.deadline\": \"20s\"}}");
    node.stop();

    Path plugin = home.resolve("plugins/trident");
    Path aside = Files.move(plugin, root().resolve("aside"));
    Node without = withoutPlugin("removed", api.port(), Map.of());
    without.start();
    assertEquals("green", status(api, "plain", "green"));
    assertEquals("red", status(api, "neural", "red"));
    assertEquals(List.of("1"), ids(ok(api, "POST", "/plain/_search", MATCH)));
    bulk(api, "plain", LINES);
    create(api, "later", "text", 0);
    ok(api, "DELETE", "/deleted", null);
    without.stop();

    Files.move(aside, plugin);
    node.start();
    assertEquals("red", status(api, "neural", "red"));
    for (String index : List.of("neural", "derived")) {
      close(api, index);
      ok(api, "PUT", "/" + index + "/_settings", "{\"index.codec\": \"trident\"}");
      ok(api, "POST", "/" + index + "/_open", null);
    }
    assertEquals("green", status(api, "neural,derived,plain,later", "green"));
    String search = "{\"query\": {\"neural_text\": {\"body\": \"how are segments combined\"}}}";
    assertEquals("1", ids(ok(api, "POST", "/neural/_search", search)).get(0));
    bulk(api, "neural", LINES);

    ok(api, "POST", "/derived/_update/1", "{\"doc\": {\"seen\": true}}");
    JsonNode source = ok(api, "GET", "/derived/_doc/1", null).path("_source");
    assertEquals(2f, source.at("/impacts/sand").floatValue(), 0.01f);
    assertTrue(source.path("seen").asBoolean());
  }

  @Test
  public void testNodeWithoutPluginHoldsNoneOfItsShards() throws IOException {
    List<Integer> ports = freePorts(2);
    Node with = install("with", List.of(), Node.freePort(), member(0, ports));
    Node without = withoutPlugin("without", Node.freePort(), member(1, ports));
    launch(List.of(with, without));
    Api api = with.api();
    Api other = without.api();
    ok(api, "GET", "/_cluster/health?wait_for_nodes=2&timeout=60s", null);
    create(api, "plain", "text", 1);
    create(api, "neural", "neural_text", 1);
    assertEquals("green", status(api, "plain", "green"));
    assertEquals("yellow", status(api, "neural", "yellow"));
    for (JsonNode shard : ok(api, "GET", "/_cat/shards/neural?format=json", null)) {
      if ("STARTED".equals(shard.path("state").asText())) {
        assertEquals("node-0", shard.path("node").asText());
      }
    }

    assertEquals(List.of("1"), ids(ok(other, "POST", "/neural/_search", MATCH)));
    refused(
        other,
        400,
        "POST",
        "/neural/_search",
        "{\"query\": {\"neural_text\": {\"body\": \"segments\"}}}",
        "unknown query [neural_text]");
    refused(other, 400, "PUT", "/neural/_doc/3", "{\"body\": \"a text of its own\"}", "body");
    assertTrue(ok(other, "GET", "/neural/_doc/1", null).path("found").asBoolean());
  }
}
