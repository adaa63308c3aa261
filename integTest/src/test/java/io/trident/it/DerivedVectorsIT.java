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
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * An index that leaves vectors out of its sources answers as one that keeps them, whatever happens
 * to it. All that is done is done to both.
 */
public class DerivedVectorsIT extends ClusterTestCase {

  private static final int DOCUMENTS = 60;
  private static final String[] WORDS = {
    "river", "segment", "merge", "ledger", "harbor", "vector", "index", "stone", "replica"
  };
  private static final String WITHOUT = "without";
  private static final String WITH = "with";
  private static final List<Node> CLUSTER = new ArrayList<>();

  @BeforeClass
  public static void start() throws IOException {
    List<Integer> ports = List.of(Node.freePort(), Node.freePort());
    CLUSTER.clear();
    for (int i = 0; i < 2; i++) {
      Map<String, String> settings = new HashMap<>();
      settings.put("discovery.type", "");
      settings.put("node.name", "node-" + i);
      settings.put("node.roles", i == 0 ? "cluster_manager,data,ingest" : "data,ingest");
      settings.put("transport.port", Integer.toString(ports.get(i)));
      settings.put("discovery.seed_hosts", "127.0.0.1:" + ports.get(0));
      settings.put("cluster.initial_cluster_manager_nodes", "node-0");
      CLUSTER.add(install("cluster-" + i, List.of(), Node.freePort(), settings));
    }
    for (Node node : CLUSTER) {
      node.launch();
    }
    for (Node node : CLUSTER) {
      node.await();
    }
    ok(api(), "GET", "/_cluster/health?wait_for_nodes=2&timeout=90s", null);
  }

  private static Api api() {
    return CLUSTER.get(0).api();
  }

  private static void green() {
    ok(
        api(),
        "GET",
        "/_cluster/health?wait_for_status=green&wait_for_no_initializing_shards=true&timeout=90s",
        null);
  }

  /** Does the same to both indices. */
  private static void both(String method, String path, String body) {
    for (String index : List.of(WITHOUT, WITH)) {
      ok(api(), method, path.replace("%s", index), body == null ? null : body.replace("%s", index));
    }
  }

  private static void create(String replication) {
    String index =
        """
        {"settings": {"index.codec": "trident", "index.trident.derived_vectors": [%s], "index.replication.type": "%s",
           "number_of_shards": 2, "number_of_replicas": 1, "index.unassigned.node_left.delayed_timeout": "2m",
           "index.routing.rebalance.enable": "none"},
         "mappings": {"properties": {"title": {"type": "keyword"}, "body": {"type": "neural_text", "sparse": true},
           "dense": {"type": "dense_vector", "dimension": 4}}}}
        """;
    ok(
        api(),
        "PUT",
        "/" + WITHOUT,
        String.format(
            Locale.ROOT,
            index,
            "\"dense_vector\", \"token_vectors\", \"impact_vector\"",
            replication));
    ok(api(), "PUT", "/" + WITH, String.format(Locale.ROOT, index, "", replication));
  }

  private static String document() {
    StringBuilder body = new StringBuilder();
    for (int w = randomIntBetween(0, 400); w > 0; w--) {
      body.append(randomFrom(WORDS)).append(' ');
    }
    List<String> dense = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      dense.add(Float.toString(randomFloat() - 0.5f));
    }
    return "{\"title\":\""
        + randomFrom(WORDS)
        + "\",\"body\":\""
        + body
        + "\",\"dense\":"
        + (rarely() ? "null" : dense)
        + "}";
  }

  private static void write(int from, int to) {
    List<String> lines = new ArrayList<>();
    for (int i = from; i < to; i++) {
      lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
      lines.add(document());
    }
    bulk(api(), WITHOUT, lines);
    bulk(api(), WITH, lines);
  }

  // comparing

  private static Map<String, JsonNode> sources(Api api, String index, String preference) {
    Map<String, JsonNode> sources = new TreeMap<>();
    ok(
            api,
            "POST",
            "/" + index + "/_search?preference=" + preference,
            "{\"size\": 1000, \"_source\": true}")
        .path("hits")
        .path("hits")
        .forEach(hit -> sources.put(hit.get("_id").asText(), hit.get("_source")));
    return sources;
  }

  /** Every copy of every document, by search and by get, against the index with whole sources. */
  private static void assertSame() {
    assertSame(WITHOUT, "_primary");
    awaitSegments();
    assertSame(WITHOUT, "_replica");
  }

  /** A replica of segments has them a moment after the primary. */
  private static void awaitSegments() {
    Map<String, JsonNode> primary = sources(api(), WITHOUT, "_primary");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (sources(api(), WITHOUT, "_replica").equals(primary) == false
        && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
  }

  private static void assertSame(String index, String preference) {
    both("POST", "/%s/_refresh", null);
    Map<String, JsonNode> expected = sources(api(), WITH, "_primary");
    assertFalse(expected.isEmpty());
    Map<String, JsonNode> found = sources(api(), index, preference);
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach((id, source) -> assertSame(id, source, found.get(id)));
    for (String id : expected.keySet()) {
      String path = "/" + index + "/_doc/" + id + "?realtime=false&preference=" + preference;
      JsonNode got = ok(randomFrom(CLUSTER).api(), "GET", path, null);
      assertSame(id, expected.get(id), got.get("_source"));
    }
  }

  private static void assertSame(String path, JsonNode expected, JsonNode found) {
    String message = path + ": " + expected + " became " + found;
    assertEquals(message, expected.getNodeType(), found.getNodeType());
    if (expected.isObject()) {
      assertEquals(message, names(expected), names(found));
      expected
          .fieldNames()
          .forEachRemaining(
              name -> assertSame(path + '.' + name, expected.get(name), found.get(name)));
    } else if (expected.isArray()) {
      assertEquals(message, expected.size(), found.size());
      for (int i = 0; i < expected.size(); i++) {
        assertSame(path + '[' + i + ']', expected.get(i), found.get(i));
      }
    } else if (path.contains(".sparse[")) { // the only ones that the index rounds
      assertEquals(message, weight(expected.floatValue()), found.floatValue(), 4f / 255);
    } else if (expected.isNumber()) {
      assertEquals(message, expected.floatValue(), found.floatValue(), 0f);
    } else {
      assertEquals(message, expected, found);
    }
  }

  /** A weight above the field's largest becomes that. */
  private static float weight(float sent) {
    return Math.min(sent, 4);
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names.stream().sorted().toList();
  }

  @Test
  public void testDocumentReplication() throws IOException {
    walk("DOCUMENT");
  }

  @Test
  public void testSegmentReplication() throws IOException {
    walk("SEGMENT");
  }

  private static void walk(String replication) throws IOException {
    ok(api(), "DELETE", "/*", null);
    create(replication);
    write(0, DOCUMENTS);
    green();
    assertSame();
    update();
    assertSame();
    reindex();
    recoverAReplica(replication);
    restartAll();
    assertSame();
    both("POST", "/%s/_forcemerge?max_num_segments=1", null);
    green();
    assertSame();
    assertMultiGet();
    restore();
    resize();
  }

  /** By document and by script, alone, in bulk and by query; nothing but the title changes. */
  private static void update() {
    both("POST", "/%s/_update/1", "{\"doc\": {\"title\": \"by document\"}}");
    both(
        "POST", "/%s/_update/2", "{\"script\": {\"source\": \"ctx._source.title = 'by script'\"}}");
    both(
        "POST",
        "/%s/_bulk?refresh=true",
        """
        {"update": {"_id": "3"}}
        {"doc": {"title": "in bulk"}}
        {"update": {"_id": "4"}}
        {"script": {"source": "ctx._source.title = 'by script in bulk'"}}
        {"update": {"_id": "5"}}
        {"doc": {"title": "inserted or not"}, "doc_as_upsert": true}
        """);
    both(
        "POST",
        "/%s/_update_by_query?refresh=true",
        """
        {"query": {"term": {"title": "river"}}, "script": {"source": "ctx._source.title = 'by query'"}}
        """);
    both("DELETE", "/%s/_doc/6?refresh=true", null);
  }

  private static void reindex() {
    ok(
        api(),
        "PUT",
        "/again",
        """
        {"mappings": {"properties": {"title": {"type": "keyword"}, "body": {"type": "neural_text", "sparse": true},
           "dense": {"type": "dense_vector", "dimension": 4}}}}
        """);
    ok(
        api(),
        "POST",
        "/_reindex?refresh=true",
        "{\"source\": {\"index\": \"without\"}, \"dest\": {\"index\": \"again\"}}");
    assertSame("again", "_primary");
    ok(api(), "DELETE", "/again", null);
  }

  /** By operations, which read sources, and by files. */
  private static void recoverAReplica(String replication) throws IOException {
    CLUSTER.get(1).stop();
    ok(api(), "GET", "/_cluster/health?wait_for_nodes=1&timeout=90s", null);
    write(DOCUMENTS - 10, DOCUMENTS + 20);
    both("POST", "/%s/_flush?force=true", null); // leaves operations to segments alone
    CLUSTER.get(1).start();
    green();
    assertSame();
    int operations = 0;
    for (JsonNode shard : ok(api(), "GET", "/without/_recovery", null).at("/without/shards")) {
      operations += shard.at("/translog/recovered").asInt();
    }
    assertTrue(operations > 0 || replication.equals("SEGMENT"));
    both("PUT", "/%s/_settings", "{\"number_of_replicas\": 0}");
    both("PUT", "/%s/_settings", "{\"number_of_replicas\": 1}");
    green();
    assertSame();
  }

  private static void restartAll() throws IOException {
    write(DOCUMENTS, DOCUMENTS + 5);
    for (Node node : CLUSTER) {
      node.kill();
    }
    for (Node node : CLUSTER) {
      node.launch();
    }
    for (Node node : CLUSTER) {
      node.await();
    }
    ok(api(), "GET", "/_cluster/health?wait_for_nodes=2&timeout=90s", null);
    green();
  }

  private static void assertMultiGet() {
    JsonNode found = ok(api(), "POST", "/without/_mget", "{\"ids\": [\"7\", \"8\"]}");
    JsonNode expected = ok(api(), "POST", "/with/_mget", "{\"ids\": [\"7\", \"8\"]}");
    for (int i = 0; i < 2; i++) {
      String source = "/docs/" + i + "/_source";
      assertSame("mget", expected.at(source), found.at(source));
    }
  }

  private static void restore() throws IOException {
    String location = root().resolve("repository").toString();
    ok(
        api(),
        "PUT",
        "/_snapshot/copies",
        "{\"type\": \"fs\", \"settings\": {\"location\": \"" + location + "\"}}");
    ok(
        api(),
        "PUT",
        "/_snapshot/copies/one?wait_for_completion=true",
        "{\"indices\": \"without\"}");
    ok(
        api(),
        "POST",
        "/_snapshot/copies/one/_restore?wait_for_completion=true",
        "{\"rename_pattern\": \"without\", \"rename_replacement\": \"restored\"}");
    green();
    assertSame("restored", "_primary");
    ok(api(), "DELETE", "/_snapshot/copies/one", null);
  }

  private static void resize() {
    ok(
        api(),
        "PUT",
        "/without/_settings",
        "{\"index.blocks.write\": true, \"index.routing.allocation.require._name\": \"node-0\", \"number_of_replicas\": 0}");
    ok(
        api(),
        "GET",
        "/_cluster/health?wait_for_status=green&wait_for_no_relocating_shards=true&timeout=90s",
        null);
    for (Map.Entry<String, Integer> made : Map.of("shrink", 1, "split", 4).entrySet()) {
      String settings =
          "{\"settings\": {\"index.number_of_shards\": "
              + made.getValue()
              + ", \"index.blocks.write\": null, \"index.routing.allocation.require._name\": null}}";
      ok(api(), "PUT", "/without/_" + made.getKey() + "/" + made.getKey(), settings);
      green();
      assertSame(made.getKey(), "_primary");
    }
  }
}
