/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.annotations.TimeoutSuite;
import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import io.trident.cluster.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * Three nodes are sent twice the documents that they can encode, for {@code -Dtests.soak.minutes},
 * and one after the other is stopped and started again meanwhile. Each document is acknowledged, or
 * answered 429, or lost with the connection to a node that stops; all acknowledged ones are found
 * afterwards, with their vectors.
 */
@TimeoutSuite(millis = 48 * 60 * 60 * 1000)
public class SoakIT extends ClusterTestCase {

  private static final int MINUTES = Integer.getInteger("tests.soak.minutes", 30);
  private static final String ENCODER = System.getProperty("tests.soak.encoder", "trident-small");
  private static final int NODES = 3;

  /** Clients that find out how much the nodes take: they wait for each answer. */
  private static final int CLIENTS = 8;

  private static final Duration CAPACITY_TIME = Duration.ofSeconds(20);
  private static final int DOCUMENTS_PER_BULK = 4;
  private static final int WORDS_PER_DOCUMENT = 40;
  private static final int PAGE = 5_000;
  private static final String[] WORDS = {
    "river", "segment", "merge", "ledger", "harbor", "vector", "index", "stone"
  };

  private static final String INDEX =
      """
      {"settings": {"number_of_shards": 3, "number_of_replicas": 1, "index.unassigned.node_left.delayed_timeout": "0"},
       "mappings": {"properties": {"n": {"type": "integer"}, "body": {"type": "neural_text", "sparse": true}}}}
      """;

  private static final String WITH_VECTORS =
      """
      {"size": %d, "sort": ["n"], "search_after": [%d], "query": {"nested": {"path": "body_neural.passages",
        "query": {"bool": {"filter": [
          {"exists": {"field": "body_neural.passages.dense"}},
          {"exists": {"field": "body_neural.passages.sparse"}},
          {"exists": {"field": "body_neural.passages.tokens"}}]}}}}}
      """;

  private static final List<Node> CLUSTER = new ArrayList<>();

  /** Where bulks go: the nodes that are not about to stop. */
  private static final List<Api> LIVE = new CopyOnWriteArrayList<>();

  private final AtomicInteger sent = new AtomicInteger();
  private final Map<Integer, Boolean> acknowledged = new ConcurrentHashMap<>();

  /** Documents that were not acknowledged, by status; 0 is no answer. */
  private final Map<Integer, LongAdder> others = new ConcurrentSkipListMap<>();

  private final Map<Integer, String> reasons = new ConcurrentSkipListMap<>();

  @BeforeClass
  public static void start() throws IOException {
    CLUSTER.clear();
    LIVE.clear();
    CLUSTER.addAll(cluster(NODES, List.of(), Map.of("trident.default_encoder", ENCODER)));
    for (Node node : CLUSTER) {
      LIVE.add(node.api());
    }
    ok(LIVE.get(0), "PUT", "/soak", INDEX);
  }

  @Test
  public void testNoAcknowledgedDocumentIsLostAtTwiceTheCapacity() throws Exception {
    double capacity = capacity();
    System.out.printf(
        Locale.ROOT, "capacity: %.1f documents per second; twice as many are sent%n", capacity);
    long nanosPerBulk = (long) (DOCUMENTS_PER_BULK * 1e9 / (2 * capacity));
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor()) {
      clock.scheduleAtFixedRate(
          () -> clients.execute(this::write), 0, nanosPerBulk, TimeUnit.NANOSECONDS);
      for (int minute = 1; minute <= MINUTES; minute++) {
        long ends = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        restart(minute % NODES);
        new CountDownLatch(1).await(ends - System.nanoTime(), TimeUnit.NANOSECONDS);
        report("minute " + minute);
      }
      clock.shutdownNow();
    }
    report("all");
    assertTrue("nothing was refused", others.containsKey(429));
    assertFound();
    assertEquals(
        reasons.toString(), 0, others.keySet().stream().filter(SoakIT::isUnexpected).count());
  }

  /** A node that stops takes requests with it, and shards wait for their next primary. */
  private static boolean isUnexpected(int status) {
    return status != 0 && status != 429 && status != 503;
  }

  /** Documents per second that are acknowledged to clients that wait for their answers. */
  private double capacity() throws InterruptedException {
    write();
    int before = acknowledged.size();
    CountDownLatch ended = new CountDownLatch(1);
    try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      for (int i = 0; i < CLIENTS; i++) {
        clients.execute(
            () -> {
              while (ended.getCount() > 0) {
                write();
              }
            });
      }
      ended.await(CAPACITY_TIME.toSeconds(), TimeUnit.SECONDS);
      int taken = acknowledged.size() - before;
      ended.countDown();
      assertTrue("nothing was acknowledged", taken > 0);
      return (double) taken / CAPACITY_TIME.toSeconds();
    }
  }

  private static String text(int number) {
    return new Random(number)
        .ints(WORDS_PER_DOCUMENT, 0, WORDS.length)
        .mapToObj(word -> WORDS[word])
        .collect(Collectors.joining(" ", number + " ", ""));
  }

  private void write() {
    int first = sent.getAndAdd(DOCUMENTS_PER_BULK);
    StringBuilder lines = new StringBuilder();
    for (int n = first; n < first + DOCUMENTS_PER_BULK; n++) {
      lines.append("{\"index\": {\"_id\": \"").append(n).append("\"}}\n");
      lines.append("{\"n\": ").append(n).append(", \"body\": \"").append(text(n)).append("\"}\n");
    }
    Api.Answer answer;
    try {
      Api api = LIVE.get(Math.floorMod(first / DOCUMENTS_PER_BULK, LIVE.size()));
      answer = api.call("POST", "/soak/_bulk", lines.toString());
    } catch (UncheckedIOException e) {
      count(0, DOCUMENTS_PER_BULK, e.toString());
      return;
    }
    if (answer.status() != 200) {
      count(answer.status(), DOCUMENTS_PER_BULK, String.valueOf(answer.body()));
      return;
    }
    for (JsonNode item : answer.body().path("items")) {
      int status = item.at("/index/status").asInt();
      if (status / 100 == 2) {
        acknowledged.put(item.at("/index/_id").asInt(), true);
      } else {
        count(status, 1, item.at("/index/error").toString());
      }
    }
  }

  private void count(int status, int documents, String reason) {
    others.computeIfAbsent(status, any -> new LongAdder()).add(documents);
    reasons.putIfAbsent(status, reason);
  }

  private static void restart(int number) throws IOException {
    Node node = CLUSTER.get(number);
    LIVE.removeIf(api -> api.port() == node.api().port());
    node.stop();
    node.start();
    LIVE.add(node.api());
    ok(
        node.api(),
        "GET",
        "/_cluster/health/soak?wait_for_nodes=3&wait_for_status=green&timeout=110s",
        null);
  }

  private void report(String when) throws IOException {
    List<Long> held = new ArrayList<>();
    for (Node node : CLUSTER) {
      held.add(node.residentBytes() >> 20);
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %d sent, %d acknowledged, others by status %s; MB held by each node: %s%n",
        when,
        sent.get(),
        acknowledged.size(),
        new TreeMap<>(others),
        held);
  }

  private void assertFound() {
    Api api = LIVE.get(0);
    ok(api, "POST", "/soak/_refresh", null);
    BitSet found = new BitSet();
    int last = -1;
    JsonNode hits;
    do {
      String search = String.format(Locale.ROOT, WITH_VECTORS, PAGE, last);
      hits = ok(api, "POST", "/soak/_search", search).at("/hits/hits");
      for (JsonNode hit : hits) {
        last = hit.at("/_source/n").asInt();
        assertEquals(text(last), hit.at("/_source/body").asText());
        found.set(last);
      }
    } while (hits.size() == PAGE);
    List<Integer> lost = acknowledged.keySet().stream().filter(n -> found.get(n) == false).toList();
    System.out.println("soak: " + lost.size() + " of " + acknowledged.size() + " lost");
    assertEquals(List.of(), lost);
  }
}
