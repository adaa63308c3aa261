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
import io.trident.cluster.Distribution;
import io.trident.cluster.Installation;
import io.trident.cluster.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.Test;

/**
 * Three nodes go from server to server, one after the other, while clients write and search: no
 * request fails, every ranking is the one of before, and every acknowledged document is there with
 * its vectors. A client sends a request again, to another node, where the official ones do.
 *
 * <p>{@code trident.upgrade} names the servers in their order; their ZIPs and the plugin's are in
 * the folders that the profile {@code upgrade} sets.
 */
public class RollingUpgradeIT extends ClusterTestCase {

  private static final int NODES = 3;
  private static final int DOCUMENTS = 150;
  private static final int DOCUMENTS_PER_BULK = 10;
  private static final int MAX_TRIES = 4;
  private static final Set<Integer> SENT_AGAIN = Set.of(429, 502, 503, 504);

  private static final String[] WORDS = {
    "river", "segment", "merge", "ledger", "harbor", "vector", "index", "stone", "cat", "score"
  };

  private static final String MAPPING =
      """
      {"settings": {"number_of_shards": 2, "number_of_replicas": 1},
       "mappings": {"properties": {"body": {"type": "neural_text", "sparse": true}}}}
      """;

  /** Each asks the whole index, so that neither a graph nor a window decides what is found. */
  private static final List<String> SEARCHES =
      List.of(
          """
          {"size": 20, "query": {"neural_text": {"body": "a river of segments", "window": 150}}}
          """,
          """
          {"size": 20, "query": {"fusion": {"window": 150, "normalization": "z_score", "legs": [
            {"query": {"match": {"body": "stone harbor"}}},
            {"query": {"top_passages": {"path": "body_neural.passages", "query":
              {"learned_sparse": {"body_neural.passages.sparse": {"text": "stone harbor"}}}}}},
            {"query": {"top_passages": {"path": "body_neural.passages", "query":
              {"max_sim": {"body_neural.passages.tokens": {"text": "stone harbor"}}}}}}]}}}
          """,
          """
          {"size": 20, "query": {"nested": {"path": "body_neural.passages", "score_mode": "max", "query":
            {"dense": {"body_neural.passages.dense": {"text": "ledger", "exact": true}}}}}}
          """);

  private static final String WITH_VECTORS =
      """
      {"size": 10000, "_source": ["body"], "query": {"nested": {"path": "body_neural.passages",
        "query": {"bool": {"filter": [
          {"exists": {"field": "body_neural.passages.dense"}},
          {"exists": {"field": "body_neural.passages.sparse"}},
          {"exists": {"field": "body_neural.passages.tokens"}}]}}}}}
      """;

  private final List<Integer> transportPorts = new ArrayList<>();
  private final List<Integer> httpPorts = new ArrayList<>();
  private final Map<Integer, Node> nodes = new LinkedHashMap<>();

  /** Where clients send requests: the nodes that are not about to stop. */
  private final List<Api> live = new CopyOnWriteArrayList<>();

  private final Map<String, String> acknowledged = new ConcurrentHashMap<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final AtomicInteger bulks = new AtomicInteger();
  private final AtomicInteger rankings = new AtomicInteger();
  private volatile boolean upgraded;

  @Test
  public void testClientsNoticeNothing() throws Exception {
    List<String> servers = List.of(System.getProperty("trident.upgrade").split(","));
    try {
      form(servers.get(0));
      ok(any(), "PUT", "/still", MAPPING);
      ok(any(), "PUT", "/written", MAPPING);
      bulk(any(), "still", lines(documents(getRandom(), DOCUMENTS)));
      numbers.set(0);
      green();
      List<JsonNode> before =
          SEARCHES.stream().map(search -> ok(any(), "POST", "/still/_search", search)).toList();

      ExecutorService clients = Executors.newFixedThreadPool(2);
      Random writing = new Random(randomLong());
      Random searching = new Random(randomLong());
      clients.execute(() -> write(writing));
      clients.execute(() -> search(searching, before));
      for (String server : servers.subList(1, servers.size())) {
        for (int i = 0; i < NODES; i++) {
          upgrade(i, server);
        }
      }
      upgraded = true;
      clients.shutdown();
      assertTrue("clients hang", clients.awaitTermination(2, TimeUnit.MINUTES));

      assertAcknowledgedAreFound();
      System.out.printf(
          Locale.ROOT,
          "upgraded %s: %d bulks, %d rankings compared, %d failures%n",
          servers,
          bulks.get(),
          rankings.get(),
          failures.size());
      assertEquals(String.join("\n", failures), 0, failures.size());
    } finally {
      for (Node node : nodes.values()) {
        node.close();
      }
    }
  }

  private void form(String server) throws IOException {
    for (int i = 0; i < NODES; i++) {
      transportPorts.add(Node.freePort());
      httpPorts.add(Node.freePort());
    }
    for (int i = 0; i < NODES; i++) {
      install(i, server);
      nodes.get(i).launch();
    }
    for (Node node : nodes.values()) {
      node.await();
      live.add(node.api());
    }
  }

  /** The node's server anew; its data stay. */
  private void install(int i, String server) throws IOException {
    Installation installation =
        new Installation(
            root().resolve("upgraded-" + i),
            new Distribution(
                Path.of(
                    System.getProperty("trident.upgrade.servers"), "opensearch-" + server + ".zip"),
                List.of(
                    Path.of(
                        System.getProperty("trident.upgrade.plugins"),
                        System.getProperty("trident.upgrade.plugin") + server + ".zip")),
                Path.of(System.getProperty("java.home"))));
    installation.install();
    String hosts =
        transportPorts.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    nodes.put(
        i,
        installation.node(
            "768m",
            httpPorts.get(i),
            Map.of(
                "discovery.type", "",
                "node.name", "node-" + i,
                "transport.port", Integer.toString(transportPorts.get(i)),
                "discovery.seed_hosts", hosts,
                "cluster.initial_cluster_manager_nodes", "node-0,node-1,node-2",
                "trident.default_encoder", "trident-mini",
                "trident.default_cross_encoder", "trident-mini-reranker")));
  }

  private void upgrade(int i, String server) throws IOException {
    Node node = nodes.get(i);
    live.removeIf(api -> api.port() == httpPorts.get(i));
    allocate("\"primaries\"");
    node.stop();
    install(i, server);
    nodes.get(i).start();
    live.add(nodes.get(i).api());
    allocate("null");
    green();
    assertEquals(server, ok(nodes.get(i).api(), "GET", "/", null).at("/version/number").asText());
  }

  private void allocate(String shards) {
    ok(
        any(),
        "PUT",
        "/_cluster/settings",
        "{\"persistent\": {\"cluster.routing.allocation.enable\": " + shards + "}}");
  }

  private void green() {
    JsonNode health =
        ok(
            any(),
            "GET",
            "/_cluster/health?wait_for_nodes=3&wait_for_status=green&wait_for_no_relocating_shards=true&timeout=110s",
            null);
    assertFalse(health.toString(), health.get("timed_out").asBoolean());
  }

  private Api any() {
    return live.get(0);
  }

  private void write(Random random) {
    while (upgraded == false) {
      Map<String, String> sent = documents(random, DOCUMENTS_PER_BULK);
      JsonNode answer = send(random, "/written/_bulk", String.join("\n", lines(sent)) + "\n");
      bulks.incrementAndGet();
      for (JsonNode item : answer.path("items")) {
        if (item.at("/index/status").asInt() / 100 == 2) {
          String id = item.at("/index/_id").asText();
          acknowledged.put(id, sent.get(id));
        } else {
          failures.add(item.toString());
        }
      }
    }
  }

  private void search(Random random, List<JsonNode> before) {
    while (upgraded == false) {
      int search = random.nextInt(SEARCHES.size());
      JsonNode answer = send(random, "/still/_search", SEARCHES.get(search));
      rankings.incrementAndGet();
      if (answer.isEmpty() == false) {
        compare(SEARCHES.get(search), before.get(search), answer);
      }
    }
  }

  private void compare(String search, JsonNode before, JsonNode answer) {
    boolean same = answer.at("/_shards/failed").asInt() == 0 && ids(before).equals(ids(answer));
    for (int i = 0; same && i < ids(before).size(); i++) {
      same = Math.abs(scores(before).get(i) - scores(answer).get(i)) < 1e-4f;
    }
    if (same == false) {
      failures.add(search + " gave " + answer + " after " + before);
    }
  }

  /** Sends a request, again and elsewhere while nodes come and go; empty after a failure. */
  private JsonNode send(Random random, String path, String body) {
    String problem = "";
    for (int tried = 0; tried < MAX_TRIES; tried++) {
      Api api = live.get(random.nextInt(live.size()));
      try {
        Api.Answer answer = api.call("POST", path, body);
        if (answer.status() == 200) {
          return answer.body();
        }
        problem = answer.status() + " " + answer.body();
        if (SENT_AGAIN.contains(answer.status()) == false) {
          break;
        }
      } catch (UncheckedIOException e) {
        problem = e.toString();
      }
    }
    failures.add(path + ": " + problem);
    return Api.JSON.createObjectNode();
  }

  private Map<String, String> documents(Random random, int count) {
    Map<String, String> documents = new LinkedHashMap<>();
    while (documents.size() < count) {
      String text =
          random
              .ints(5 + random.nextInt(40), 0, WORDS.length)
              .mapToObj(word -> WORDS[word])
              .collect(Collectors.joining(" "));
      documents.put(String.valueOf(numbers.getAndIncrement()), text);
    }
    return documents;
  }

  private static List<String> lines(Map<String, String> documents) {
    List<String> lines = new ArrayList<>();
    documents.forEach(
        (id, text) -> {
          lines.add("{\"index\": {\"_id\": \"" + id + "\"}}");
          lines.add("{\"body\": \"" + text + "\"}");
        });
    return lines;
  }

  private void assertAcknowledgedAreFound() {
    ok(any(), "POST", "/written/_refresh", null);
    Map<String, String> found = new ConcurrentHashMap<>();
    for (JsonNode hit : ok(any(), "POST", "/written/_search", WITH_VECTORS).at("/hits/hits")) {
      found.put(hit.path("_id").asText(), hit.at("/_source/body").asText());
    }
    assertFalse(acknowledged.isEmpty());
    acknowledged.forEach((id, text) -> assertEquals("document " + id, text, found.get(id)));
  }
}
