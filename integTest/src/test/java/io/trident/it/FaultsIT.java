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
import io.trident.disk.FaultyDiskPlugin;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.BeforeClass;
import org.junit.Test;

/**
 * Three nodes of which one is killed, stands still, leaves, or has a full disk, and indices that
 * are closed, deleted, or restored while they are merged, always under writes. After each of {@code
 * -Dtests.faults} such faults every copy of the index passes Lucene's check, has every acknowledged
 * document, answers as arithmetic over these does, and no task is left.
 */
@TimeoutSuite(millis = 48 * 60 * 60 * 1000)
public class FaultsIT extends ClusterTestCase {

  private static final int FAULTS = Integer.getInteger("tests.faults", 7);

  /** Faults that an index goes through before the next begins with an empty one. */
  private static final int FAULTS_PER_INDEX = Fault.values().length;

  private static final int NODES = 3;
  private static final int CLIENTS = 2;
  private static final int MAX_BULKS = 20;

  private static final String SETTINGS =
      """
      {"settings": {"index.codec": "trident", "index.store.type": "faulty",
         "number_of_shards": 2, "number_of_replicas": 1,
         "index.shard.check_on_startup": "true", "index.refresh_interval": "200ms", "index.max_result_window": 100000,
         "index.unassigned.node_left.delayed_timeout": "0"},
       "mappings": {"properties": {
         "version": {"type": "integer"},
         "sparse": {"type": "impact_vector", "max_weight": 255},
         "dense": {"type": "dense_vector", "dimension": 8, "similarity": "l2_norm"},
         "codes": {"type": "dense_vector", "dimension": 8, "similarity": "l2_norm", "encoding": "1bit"},
         "tokens": {"type": "token_vectors", "dimension": 8, "encoding": "float32",
                    "similarity": "dot_product"}}}}
      """;

  /** What happens to the cluster. */
  private enum Fault {
    KILLED,
    PAUSED,
    LEFT,
    DISK_FULL,
    CLOSED,
    DELETED,
    RESTORED
  }

  private static final List<Node> CLUSTER = new ArrayList<>();

  private AcknowledgedDocuments documents;
  private String index;
  private Random random;

  @BeforeClass
  public static void start() throws IOException {
    Path disk = PluginZip.write(FaultyDiskPlugin.class, root());
    Map<String, String> settings = new HashMap<>();
    for (String who : List.of("follower", "leader")) {
      settings.put("cluster.fault_detection." + who + "_check.timeout", "2s");
      settings.put("cluster.fault_detection." + who + "_check.retry_count", "2");
    }
    CLUSTER.clear();
    CLUSTER.addAll(cluster(NODES, List.of(disk), settings));
    ok(
        CLUSTER.get(0).api(),
        "PUT",
        "/_snapshot/copies",
        "{\"type\": \"fs\", \"settings\": {\"location\": \"" + root().resolve("copies") + "\"}}");
  }

  @Test
  public void testNoFaultLosesAnAcknowledgedDocument() throws Exception {
    Map<Fault, Integer> survived = new EnumMap<>(Fault.class);
    List<Fault> faults = new ArrayList<>();
    for (int i = 0; i < FAULTS; i++) {
      if (i % FAULTS_PER_INDEX == 0) {
        begin(i / FAULTS_PER_INDEX);
      }
      if (faults.isEmpty()) {
        faults.addAll(List.of(Fault.values()));
      }
      random = new Random(randomLong());
      Fault fault = faults.remove(random.nextInt(faults.size()));
      String what = "fault " + i + ", " + fault;
      long began = System.nanoTime();
      suffer(fault, what);
      check(what);
      survived.merge(fault, 1, Integer::sum);
      System.out.printf(
          Locale.ROOT,
          "%s: %d documents, %d s%n",
          what,
          documents.sure(),
          TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began));
    }
    System.out.println(
        FAULTS + " faults of seed " + getContext().getRunnerSeedAsString() + ": " + survived);
  }

  private void begin(int number) {
    Api api = CLUSTER.get(0).api();
    ok(api, "DELETE", "/faults-*", null);
    index = "faults-" + number;
    documents = new AcknowledgedDocuments(index);
    ok(api, "PUT", "/" + index, SETTINGS);
  }

  /** Has the fault happen at a random moment while clients write, and go away again. */
  private void suffer(Fault fault, String what) throws Exception {
    CountDownLatch stopped = new CountDownLatch(1);
    CountDownLatch before = new CountDownLatch(1 + random.nextInt(MAX_BULKS));
    CountDownLatch after = new CountDownLatch(1 + random.nextInt(MAX_BULKS));
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    for (int i = 0; i < CLIENTS; i++) {
      Random choices = new Random(random.nextLong());
      String client = fault + "-" + i;
      clients.submit(() -> write(client, choices, stopped, before, after));
    }
    clients.shutdown();
    try {
      assertTrue(what + ": writes take too long", before.await(2, TimeUnit.MINUTES));
      cause(fault, what, after);
    } finally {
      stopped.countDown();
      assertTrue(what + ": clients hang", clients.awaitTermination(2, TimeUnit.MINUTES));
    }
  }

  private Void write(
      String client,
      Random choices,
      CountDownLatch stopped,
      CountDownLatch before,
      CountDownLatch after)
      throws InterruptedException {
    while (stopped.getCount() > 0) {
      Api api = CLUSTER.get(choices.nextInt(NODES)).api();
      if (documents.write(api, client, choices) == false) {
        stopped.await(100, TimeUnit.MILLISECONDS);
      } else if (before.getCount() > 0) {
        before.countDown();
      } else {
        after.countDown();
      }
    }
    return null;
  }

  /**
   * Causes the fault and ends it.
   *
   * @param after bulks that have been written since it began
   */
  private void cause(Fault fault, String what, CountDownLatch after) throws Exception {
    int number = random.nextInt(NODES);
    Node node = CLUSTER.get(number);
    Api other = CLUSTER.get((number + 1) % NODES).api();
    switch (fault) {
      case KILLED -> {
        node.kill();
        awaitWrites(what, after);
        node.start();
      }
      case LEFT -> {
        node.stop();
        awaitWrites(what, after);
        node.start();
      }
      case PAUSED -> {
        node.pause();
        try {
          if (random.nextBoolean()) {
            other.call("GET", "/_cluster/health?wait_for_nodes=lt(3)&timeout=60s", null);
          }
          awaitWrites(what, after);
        } finally {
          node.resume();
        }
      }
      case DISK_FULL -> {
        fill("node-" + number, random.nextInt(20_000));
        other.call("POST", "/" + index + "/_flush?force=true", null);
        awaitWrites(what, after);
        fill("", 0);
      }
      case CLOSED -> {
        merge(other, index);
        ok(other, "POST", "/" + index + "/_close", null);
        ok(other, "POST", "/" + index + "/_open", null);
        awaitWrites(what, after);
      }
      case DELETED -> delete(other, what);
      case RESTORED -> restore(other);
    }
  }

  private static void awaitWrites(String what, CountDownLatch writes) throws InterruptedException {
    assertTrue(what + ": nobody can write", writes.await(2, TimeUnit.MINUTES));
  }

  private static void fill(String node, int writes) {
    ok(
        CLUSTER.get(0).api(),
        "PUT",
        "/_cluster/settings",
        String.format(
            Locale.ROOT,
            "{\"transient\": {\"faulty_disk.node\": \"%s\", \"faulty_disk.writes\": %d}}",
            node,
            writes));
  }

  /** Begins a merge and does not wait for it. */
  private static void merge(Api api, String index) {
    ok(
        api,
        "POST",
        "/" + index + "/_forcemerge?max_num_segments=1&wait_for_completion=false",
        null);
  }

  /** Deletes another index while it is merged. */
  private void delete(Api api, String what) {
    String name = "deleted";
    AcknowledgedDocuments others = new AcknowledgedDocuments(name);
    ok(api, "PUT", "/" + name, SETTINGS);
    for (int i = 1 + random.nextInt(MAX_BULKS); i > 0; i--) {
      assertTrue(what, others.write(api, "c", random));
      ok(api, "POST", "/" + name + "/_flush", null);
    }
    merge(api, name);
    ok(api, "DELETE", "/" + name, null);
  }

  /** Takes a snapshot, and restores it beside the index. */
  private void restore(Api api) {
    Map<String, Set<Integer>> before = Map.copyOf(documents.allowed());
    String snapshot = "/_snapshot/copies/one";
    ok(
        api,
        "PUT",
        snapshot + "?wait_for_completion=true",
        "{\"indices\": \"" + index + "\", \"include_global_state\": false}");
    Map<String, Set<Integer>> unchanged = new HashMap<>(documents.allowed());
    unchanged.entrySet().removeIf(one -> one.getValue().equals(before.get(one.getKey())) == false);
    ok(
        api,
        "POST",
        snapshot + "/_restore?wait_for_completion=true",
        "{\"rename_pattern\": \".+\", \"rename_replacement\": \"restored\"}");
    heal(api);
    new FaultSearches(api, "restored").check("restored", unchanged);
    ok(api, "DELETE", "/restored", null);
    ok(api, "DELETE", snapshot, null);
  }

  /** Waits until all nodes are there, and all copies of all indices. */
  private static void heal(Api api) {
    ok(api, "POST", "/_cluster/reroute?retry_failed=true", null);
    ok(
        api,
        "GET",
        "/_cluster/health?wait_for_nodes=3&wait_for_status=green&wait_for_no_relocating_shards=true"
            + "&wait_for_no_initializing_shards=true&timeout=110s",
        null);
  }

  private void check(String what) {
    Api api = CLUSTER.get(random.nextInt(NODES)).api();
    heal(api);
    // has Lucene check every copy
    ok(api, "POST", "/" + index + "/_close", null);
    ok(api, "POST", "/" + index + "/_open", null);
    heal(api);
    FaultSearches searches = new FaultSearches(api, index);
    Map<String, Integer> found = searches.check(what, documents.allowed());
    searches.checkScores(what, found, FaultDocument.of("query", random.nextInt()));
    String tasks = "/_tasks?actions=indices:*";
    ok(api, "GET", tasks + "&wait_for_completion=true&timeout=30s", null);
    JsonNode left = ok(api, "GET", tasks + "&detailed=true", null).path("nodes");
    assertEquals(what + ": " + left, 0, left.size());
  }
}
