/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.annotations.TimeoutSuite;
import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import io.trident.cluster.Distribution;
import io.trident.cluster.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
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
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.Test;

/**
 * Three nodes go from server to server, one after the other, while clients write and search: no
 * request fails, every ranking is the one of before, and every acknowledged document is there with
 * its vectors. A client sends a request again, to another node, where the official ones do, and
 * where OpenSearch itself says of any search that a node has left under it. A leg of a fusion does
 * not say that.
 *
 * <p>{@code trident.upgrade} names the servers in their order; their ZIPs and the plugin's are in
 * the folders that the profile {@code upgrade} sets.
 */
@TimeoutSuite(millis = 60 * 60 * 1000)
public class RollingUpgradeIT extends ClusterTestCase {

  private static final int NODES = 3;
  private static final int DOCUMENTS = 150;
  private static final int DOCUMENTS_PER_BULK = 10;

  /** Later bulks index the first documents again, with other texts. */
  private static final int MAX_WRITTEN = 5_000;

  /** Between two requests of a client, so that nodes have time to start. */
  private static final int PAUSE_MILLIS = 20;

  private static final int MAX_TRIES = 4;
  private static final Set<Integer> SENT_AGAIN = Set.of(429, 502, 503, 504);

  /** Why a shard fails in a phase of a search after the first. */
  private static final Set<String> NODE_LEFT =
      Set.of(
          "node_disconnected_exception",
          "node_not_connected_exception",
          "node_closed_exception",
          "search_context_missing_exception");

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
          {"size": 20, "query": {"neural_text": {"body": {"text": "a river of segments", "window": 150}}}}
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
  private final List<Node> nodes = new ArrayList<>();

  /** Where clients send requests: the nodes that are not about to stop. */
  private final List<Api> live = new CopyOnWriteArrayList<>();

  private final Map<String, String> acknowledged = new ConcurrentHashMap<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger bulks = new AtomicInteger();
  private final AtomicInteger sentAgain = new AtomicInteger();
  private final AtomicInteger rankings = new AtomicInteger();

  /** Searches that a node has left under. */
  private final AtomicInteger nodesLeft = new AtomicInteger();

  @Test
  public void testClientsNoticeNothing() throws Exception {
    List<String> servers = List.of(System.getProperty("trident.upgrade").split(","));
    ScheduledExecutorService clients = Executors.newScheduledThreadPool(2);
    try {
      for (String server : servers) {
        install(server);
      }
      form(servers.get(0));
      ok(any(), "PUT", "/still", MAPPING);
      ok(any(), "PUT", "/written", MAPPING);
      bulk(any(), "still", lines(documents(getRandom(), 0, DOCUMENTS)));
      green();
      List<JsonNode> before =
          SEARCHES.stream().map(search -> ok(any(), "POST", "/still/_search", search)).toList();

      Random writing = new Random(randomLong());
      Random searching = new Random(randomLong());
      List<Future<?>> running =
          List.of(
              repeat(clients, () -> write(writing)),
              repeat(clients, () -> search(searching, before)));
      for (String server : servers.subList(1, servers.size())) {
        step(server);
      }
      for (Future<?> client : running) {
        assertEquals("a client has ended", Future.State.RUNNING, client.state());
      }
      clients.shutdown();
      assertTrue("clients hang", clients.awaitTermination(2, TimeUnit.MINUTES));

      assertEquals(String.join("\n", failures), 0, failures.size());
      assertAcknowledgedAreFound();
    } finally {
      clients.shutdownNow();
      for (Node node : nodes) {
        node.close();
      }
    }
  }

  private static Future<?> repeat(ScheduledExecutorService clients, Runnable request) {
    return clients.scheduleWithFixedDelay(request, 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** All nodes go to one server, and the clients' requests meanwhile are counted. */
  private void step(String server) throws IOException {
    int bulksBefore = bulks.get();
    int sentAgainBefore = sentAgain.get();
    int rankingsBefore = rankings.get();
    int nodesLeftBefore = nodesLeft.get();
    int failuresBefore = failures.size();
    for (int i = 0; i < NODES; i++) {
      upgrade(i, server);
    }
    int written = bulks.get() - bulksBefore;
    int compared = rankings.get() - rankingsBefore;
    System.out.printf(
        Locale.ROOT,
        "upgraded to %s: %d bulks, %d rankings compared, %d requests sent again, of which %d for a node that left, %d failures%n",
        server,
        written,
        compared,
        sentAgain.get() - sentAgainBefore,
        nodesLeft.get() - nodesLeftBefore,
        failures.size() - failuresBefore);
    assertTrue("nothing was written", written > 0);
    assertTrue("nothing was searched", compared > 0);
  }

  private void form(String server) throws IOException {
    for (int i = 0; i < NODES; i++) {
      transportPorts.add(Node.freePort());
      httpPorts.add(Node.freePort());
    }
    for (int i = 0; i < NODES; i++) {
      nodes.add(node(i, server));
      nodes.get(i).launch();
    }
    for (Node node : nodes) {
      node.await();
      live.add(node.api());
    }
  }

  /** A server for every node, so that none waits for it while it is down. */
  private static void install(String server) throws IOException {
    Path servers = Path.of(System.getProperty("trident.upgrade.servers"));
    Path plugins = Path.of(System.getProperty("trident.upgrade.plugins"));
    String plugin = System.getProperty("trident.upgrade.plugin") + server + ".zip";
    Distribution distribution =
        new Distribution(
            servers.resolve("opensearch-" + server + ".zip"),
            List.of(plugins.resolve(plugin)),
            JAVA_HOME);
    for (int i = 0; i < NODES; i++) {
      unpack(home(i, server), distribution);
    }
  }

  private static Path home(int i, String server) throws IOException {
    return root().resolve("node-" + i + "-" + server);
  }

  /** A node on a server, with its data of before. */
  private Node node(int i, String server) throws IOException {
    Map<String, String> settings = new HashMap<>(MINI);
    settings.put("discovery.type", "");
    settings.put("node.name", "node-" + i);
    settings.put("path.data", root().resolve("data-" + i).toString());
    settings.put("transport.port", Integer.toString(transportPorts.get(i)));
    settings.put(
        "discovery.seed_hosts",
        transportPorts.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(",")));
    settings.put("cluster.initial_cluster_manager_nodes", "node-0,node-1,node-2");
    return of(home(i, server), httpPorts.get(i), settings);
  }

  private void upgrade(int i, String server) throws IOException {
    live.removeIf(api -> api.port() == httpPorts.get(i));
    allocate("\"primaries\"");
    nodes.get(i).stop();
    nodes.set(i, node(i, server));
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
    int first = bulks.getAndIncrement() * DOCUMENTS_PER_BULK % MAX_WRITTEN;
    Map<String, String> sent = documents(random, first, DOCUMENTS_PER_BULK);
    JsonNode answer = send(random, "/written/_bulk", String.join("\n", lines(sent)) + "\n");
    for (JsonNode item : answer.path("items")) {
      if (item.at("/index/status").asInt() / 100 == 2) {
        String id = item.at("/index/_id").asText();
        acknowledged.put(id, sent.get(id));
      } else {
        failures.add(item.toString());
      }
    }
  }

  private void search(Random random, List<JsonNode> before) {
    int search = random.nextInt(SEARCHES.size());
    JsonNode answer = send(random, "/still/_search", SEARCHES.get(search));
    if (answer.isEmpty() == false) {
      compare(SEARCHES.get(search), before.get(search), answer);
      rankings.incrementAndGet();
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
      if (tried > 0) {
        sentAgain.incrementAndGet();
      }
      Api api = live.get(random.nextInt(live.size()));
      try {
        Api.Answer answer = api.call("POST", path, body);
        problem = answer.status() + " " + answer.body();
        if (isOfANodeThatLeft(answer.body())) {
          nodesLeft.incrementAndGet();
        } else if (answer.status() == 200) {
          return answer.body();
        } else if (SENT_AGAIN.contains(answer.status()) == false) {
          break;
        }
      } catch (UncheckedIOException e) {
        problem = e.toString();
      }
    }
    failures.add(path + ": " + problem);
    return Api.JSON.createObjectNode();
  }

  /** Whether a search failed, as a whole or in part, for nothing else. */
  private static boolean isOfANodeThatLeft(JsonNode answer) {
    List<String> reasons = new ArrayList<>();
    for (String failures : List.of("/error/failed_shards", "/_shards/failures")) {
      for (JsonNode failure : answer.at(failures)) {
        reasons.add(failure.at("/reason/type").asText());
      }
    }
    boolean isOfALeg = answer.at("/error/reason").asText().startsWith("[fusion] leg");
    return reasons.isEmpty() == false && isOfALeg == false && NODE_LEFT.containsAll(reasons);
  }

  private static Map<String, String> documents(Random random, int first, int count) {
    Map<String, String> documents = new LinkedHashMap<>();
    for (int i = first; i < first + count; i++) {
      String text =
          random
              .ints(5 + random.nextInt(40), 0, WORDS.length)
              .mapToObj(word -> WORDS[word])
              .collect(Collectors.joining(" "));
      documents.put(String.valueOf(i), text);
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
    Map<String, String> found = new HashMap<>();
    for (JsonNode hit : ok(any(), "POST", "/written/_search", WITH_VECTORS).at("/hits/hits")) {
      found.put(hit.path("_id").asText(), hit.at("/_source/body").asText());
    }
    assertEquals(acknowledged.keySet(), found.keySet());
    acknowledged.forEach((id, text) -> assertEquals("document " + id, text, found.get(id)));
  }
}
