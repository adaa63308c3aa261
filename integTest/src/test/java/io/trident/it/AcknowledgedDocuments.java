/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.trident.cluster.Api;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Documents that clients write into an index, and which versions of each may be there: the one that
 * was acknowledged last, and one whose answer never came. Such a document is written no more,
 * because a write without an answer may still be carried out. Thread-safe.
 */
final class AcknowledgedDocuments {

  /** The version of a document that is not there. */
  static final int ABSENT = 0;

  /** How long a client waits for an answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private static final int WRITES_PER_BULK = 10;

  private final String index;
  private final Map<String, Set<Integer>> allowed = new ConcurrentHashMap<>();

  AcknowledgedDocuments(String index) {
    this.index = index;
  }

  /** Which versions of each document may be there. */
  Map<String, Set<Integer>> allowed() {
    return allowed;
  }

  /** How many documents must be there. */
  long sure() {
    return allowed.values().stream().filter(v -> v.contains(ABSENT) == false).count();
  }

  /**
   * Sends one bulk of inserts, updates and deletes.
   *
   * @param client whose documents these are: no other client writes them
   * @return whether each write was acknowledged
   */
  boolean write(Api api, String client, Random random) {
    Map<String, Integer> writes = writes(client, random);
    Map<String, Set<Integer>> unanswered = new TreeMap<>();
    StringBuilder lines = new StringBuilder();
    writes.forEach(
        (id, version) -> {
          Set<Integer> before = allowed.getOrDefault(id, Set.of(ABSENT));
          Set<Integer> either = new TreeSet<>(before);
          either.add(version);
          unanswered.put(id, either);
          lines.append(line(id, version));
        });
    allowed.putAll(unanswered);
    JsonNode items = send(api, lines.toString());
    boolean all = items.isArray();
    for (JsonNode item : items) {
      JsonNode result = item.elements().next();
      int status = result.path("status").asInt();
      String id = result.path("_id").asText();
      // a document that is not there is deleted as well
      if (status / 100 == 2 || status == 404) {
        allowed.put(id, Set.of(writes.get(id)));
      } else {
        all = false;
      }
    }
    return all;
  }

  private Map<String, Integer> writes(String client, Random random) {
    List<String> mine = new ArrayList<>();
    allowed.forEach(
        (id, versions) -> {
          if (id.startsWith(client) && versions.size() == 1 && versions.contains(ABSENT) == false) {
            mine.add(id);
          }
        });
    mine.sort(null);
    Map<String, Integer> writes = new TreeMap<>();
    for (int i = 0; i < WRITES_PER_BULK; i++) {
      int kind = mine.isEmpty() ? 0 : random.nextInt(10);
      if (kind < 7) {
        writes.put(client + "-" + allowed.size() + "-" + i, 1 + random.nextInt(1_000_000));
      } else {
        String id = mine.get(random.nextInt(mine.size()));
        writes.put(id, kind == 9 ? ABSENT : 1 + random.nextInt(1_000_000));
      }
    }
    return writes;
  }

  private static String line(String id, int version) {
    String target = "{\"_id\": \"" + id + "\"}}\n";
    return version == ABSENT
        ? "{\"delete\": " + target
        : "{\"index\": " + target + FaultDocument.of(id, version).json() + "\n";
  }

  /** The items of the answer, none when there is no answer. */
  private JsonNode send(Api api, String lines) {
    try {
      JsonNode answer =
          api.call("POST", "/" + index + "/_bulk?refresh=wait_for", lines, PATIENCE).body();
      return answer == null ? MissingNode.getInstance() : answer.path("items");
    } catch (UncheckedIOException e) {
      return MissingNode.getInstance();
    }
  }
}
