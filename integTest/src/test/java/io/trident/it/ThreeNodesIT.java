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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * Replicas, relocation and lost nodes, with segments searched side by side and one after the other.
 */
public class ThreeNodesIT extends ClusterTestCase {

  private static final String SEARCH =
      """
      {"size": 20, "query": {"fusion": {"legs": [
        {"name": "bm25", "query": {"match": {"body": "segments of words"}}},
        {"name": "sparse", "query": {"learned_sparse": {"sparse": {"text": "segments of words"}}}},
        {"name": "tokens", "query": {"max_sim": {"tokens": {"text": "segments of words"}}}}]}}}
      """;

  /** Most of the time of such a search is that of a phase of a leg after the first. */
  private static final String SLOW_LEG =
      """
      {"query": {"fusion": {"legs": [
        {"query": {"match": {"body": "segment"}}},
        {"name": "slow", "query": {"script_score": {"query": {"match": {"body": "river segment index"}},
          "script": {"source":
            "double x = 1; for (int i = 0; i < 9000; i++) {x = Math.sqrt(x + i);} return x;"}}}}]}}}
      """;

  private static final int CLIENTS = 4;

  private static final String[] WORDS = {
    "segment", "merge", "word", "river", "index", "score", "term", "cat", "node", "vector",
    "replica"
  };

  private static final List<Node> CLUSTER = new ArrayList<>();

  @BeforeClass
  public static void start() throws IOException {
    CLUSTER.clear();
    CLUSTER.addAll(cluster(3, List.of(), Map.of()));
  }

  private static JsonNode green(Api api) {
    return ok(
        api,
        "GET",
        "/_cluster/health?wait_for_status=green&wait_for_no_relocating_shards=true&wait_for_no_initializing_shards=true&timeout=90s",
        null);
  }

  @Test
  public void testRankingSurvivesRelocationAndLoss() throws IOException {
    Api api = CLUSTER.get(0).api();
    ok(api, "GET", "/_cluster/health?wait_for_nodes=3&timeout=90s", null);
    ok(
        api,
        "PUT",
        "/_ingest/pipeline/encode",
        "{\"processors\": [{\"encode\": {\"field\": \"body\", \"sparse\": \"sparse\", \"tokens\": \"tokens\"}}]}");
    ok(
        api,
        "PUT",
        "/spread",
        """
        {"settings": {"index.codec": "trident", "number_of_shards": 2, "number_of_replicas": 1, "default_pipeline": "encode"},
         "mappings": {"properties": {"body": {"type": "text"}, "sparse": {"type": "impact_vector"},
           "tokens": {"type": "token_vectors", "dimension": 128}}}}
        """);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      StringBuilder body = new StringBuilder();
      for (int w = randomIntBetween(3, 20); w > 0; w--) {
        body.append(randomFrom(WORDS)).append(' ');
      }
      lines.add("{\"index\": {\"_id\": \"" + i + "\"}}");
      lines.add("{\"body\": \"" + body + "\"}");
    }
    bulk(randomFrom(CLUSTER).api(), "spread", lines);
    green(api);
    JsonNode expected = ok(api, "POST", "/spread/_search", SEARCH);
    assertEquals(20, ids(expected).size());

    for (String mode : new String[] {"all", "none"}) {
      ok(
          api,
          "PUT",
          "/_cluster/settings",
          "{\"persistent\": {\"search.concurrent_segment_search.mode\": \"" + mode + "\"}}");
      for (String preference : new String[] {"_primary", "_replica"}) {
        assertSame(
            expected,
            ok(
                randomFrom(CLUSTER).api(),
                "POST",
                "/spread/_search?preference=" + preference,
                SEARCH));
      }
    }

    ok(
        api,
        "PUT",
        "/spread/_settings",
        "{\"index.routing.allocation.exclude._name\": \"node-" + randomIntBetween(0, 2) + "\"}");
    green(api);
    assertSame(expected, ok(api, "POST", "/spread/_search", SEARCH));
    ok(api, "PUT", "/spread/_settings", "{\"index.routing.allocation.exclude._name\": null}");
    green(api);

    assertAStoredModelIsEverywhere();

    assertNoLegFails(
        () -> {
          CLUSTER.get(2).kill();
          ok(
              api,
              "GET",
              "/_cluster/health/spread?wait_for_status=yellow&wait_for_nodes=2&timeout=90s",
              null);
        });
    assertSame(expected, ok(CLUSTER.get(1).api(), "POST", "/spread/_search", SEARCH));
  }

  private interface Loss {
    void run() throws IOException;
  }

  /** Nodes are lost under searches, which may fail, but by no leg of their fusion. */
  private static void assertNoLegFails(Loss loss) throws IOException {
    Queue<String> failed = new ConcurrentLinkedQueue<>();
    AtomicBoolean over = new AtomicBoolean();
    try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      for (int i = 0; i < CLIENTS; i++) {
        Api api = CLUSTER.get(i % 2).api();
        clients.execute(
            () -> {
              while (over.get() == false) {
                Api.Answer answer = api.call("POST", "/spread/_search", SLOW_LEG);
                if (answer.body().at("/error/reason").asText().startsWith("[fusion] leg")) {
                  failed.add(answer.body().toString());
                }
              }
            });
      }
      loss.run();
      over.set(true);
    }
    assertEquals(String.join("\n", failed), 0, failed.size());
  }

  /** A model that one node stores is fetched by the others, and again after a restart. */
  private static void assertAStoredModelIsEverywhere() throws IOException {
    Path folder = root().resolve("published");
    ModelsIT.copyEmbedded(root().resolve("cluster-0"), folder);
    JsonNode stored =
        ok(
            CLUSTER.get(0).api(),
            "PUT",
            "/_plugins/_trident/models/stored",
            "{\"url\": \"" + folder.toUri() + "\"}");
    assertEquals(stored.toString(), 3, stored.path("nodes").size());
    String leg =
        "{\"query\": {\"learned_sparse\": {\"sparse\": {\"text\": \"river\", \"model\": \"stored\"}}}}";
    List<String> expected = ids(ok(CLUSTER.get(0).api(), "POST", "/spread/_search", leg));
    for (Node node : CLUSTER) {
      assertEquals(expected, ids(ok(node.api(), "POST", "/spread/_search", leg)));
    }
    JsonNode listed = ok(CLUSTER.get(1).api(), "GET", "/_plugins/_trident/models/stored", null);
    assertEquals(listed.toString(), 3, listed.path("loaded_on").size());
    CLUSTER.get(1).stop();
    CLUSTER.get(1).start();
    green(CLUSTER.get(0).api());
    assertEquals(expected, ids(ok(CLUSTER.get(1).api(), "POST", "/spread/_search", leg)));
  }

  private static void assertSame(JsonNode expected, JsonNode actual) {
    assertEquals(ids(expected), ids(actual));
    for (int i = 0; i < scores(expected).size(); i++) {
      assertEquals(scores(expected).get(i), scores(actual).get(i), 1e-5f);
    }
  }
}
