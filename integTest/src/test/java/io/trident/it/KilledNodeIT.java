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
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * A node that is killed while clients write has every acknowledged document, with its vectors, when
 * it is back. It is killed {@code -Dtests.kills} times, at random moments.
 */
public class KilledNodeIT extends ClusterTestCase {

  private static final int KILLS = Integer.getInteger("tests.kills", 1);
  private static final int CLIENTS = 4;
  private static final int DOCUMENTS_PER_BULK = 20;
  private static final int MAX_BULKS = 40;
  private static final String[] WORDS = {
    "river", "segment", "merge", "ledger", "harbor", "vector", "index", "stone"
  };

  /** What is left by an earlier process is read whole before the shard starts. */
  private static final String INDEX =
      """
      {"settings": {"number_of_replicas": 0, "index.shard.check_on_startup": "true"},
       "mappings": {"properties": {"body": {"type": "neural_text", "sparse": true}}}}
      """;

  private static final String WITH_VECTORS =
      """
      {"size": 10000, "_source": ["body"], "query": {"nested": {"path": "body_neural.passages",
        "query": {"bool": {"filter": [
          {"exists": {"field": "body_neural.passages.dense"}},
          {"exists": {"field": "body_neural.passages.sparse"}},
          {"exists": {"field": "body_neural.passages.tokens"}}]}}}}}
      """;

  private static Node node;

  private final AtomicInteger numbers = new AtomicInteger();
  private final Map<String, String> acknowledged = new ConcurrentHashMap<>();

  @BeforeClass
  public static void start() throws IOException {
    node = node(List.of(), Map.of());
    ok(node.api(), "PUT", "/killed", INDEX);
  }

  @Test
  public void testAcknowledgedDocumentsAreThereWithTheirVectors() throws Exception {
    for (int kill = 0; kill < KILLS; kill++) {
      writeUntilKilled();
      node.start();
      ok(node.api(), "GET", "/_cluster/health/killed?wait_for_status=green&timeout=60s", null);
      ok(node.api(), "POST", "/killed/_refresh", null);
      assertAcknowledgedAreFound();
    }
  }

  private void writeUntilKilled() throws Exception {
    CountDownLatch bulks = new CountDownLatch(randomIntBetween(1, MAX_BULKS));
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    for (int client = 0; client < CLIENTS; client++) {
      Random random = new Random(randomLong());
      clients.execute(() -> write(node.api(), random, bulks));
    }
    clients.shutdown();
    assertTrue("the node answers too slowly", bulks.await(2, TimeUnit.MINUTES));
    node.kill();
    assertTrue("clients hang", clients.awaitTermination(1, TimeUnit.MINUTES));
  }

  /** Writes until the node is gone. */
  private void write(Api api, Random random, CountDownLatch bulks) {
    while (true) {
      Map<String, String> sent = documents(random);
      JsonNode items;
      try {
        if (random.nextInt(10) == 0) {
          api.call("POST", random.nextBoolean() ? "/killed/_flush" : "/killed/_refresh", null);
        }
        items = api.call("POST", "/killed/_bulk", bulk(sent)).ok().path("items");
      } catch (RuntimeException e) { // no answer
        return;
      }
      for (JsonNode item : items) {
        String id = item.at("/index/_id").asText();
        assertEquals(item.toString(), 2, item.at("/index/status").asInt() / 100);
        acknowledged.put(id, sent.get(id));
      }
      bulks.countDown();
    }
  }

  private Map<String, String> documents(Random random) {
    Map<String, String> documents = new HashMap<>();
    while (documents.size() < DOCUMENTS_PER_BULK) {
      String text =
          random
              .ints(5 + random.nextInt(100), 0, WORDS.length)
              .mapToObj(word -> WORDS[word])
              .collect(Collectors.joining(" "));
      documents.put(String.valueOf(numbers.getAndIncrement()), text);
    }
    return documents;
  }

  private static String bulk(Map<String, String> documents) {
    StringBuilder lines = new StringBuilder();
    documents.forEach(
        (id, text) ->
            lines.append(
                String.format(
                    Locale.ROOT,
                    "{\"index\": {\"_id\": \"%s\"}}%n{\"body\": \"%s\"}%n",
                    id,
                    text)));
    return lines.toString();
  }

  private void assertAcknowledgedAreFound() {
    JsonNode answer = ok(node.api(), "POST", "/killed/_search", WITH_VECTORS);
    Map<String, String> found = new HashMap<>();
    for (JsonNode hit : answer.at("/hits/hits")) {
      found.put(hit.path("_id").asText(), hit.at("/_source/body").asText());
    }
    assertFalse(acknowledged.isEmpty());
    acknowledged.forEach((id, text) -> assertEquals("document " + id, text, found.get(id)));
  }
}
