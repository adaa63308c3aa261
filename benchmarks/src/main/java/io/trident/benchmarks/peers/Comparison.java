/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is compared, from a JSON file: {@code truth}, {@code limit} (of documents), {@code k},
 * {@code setup} (requests sent first), {@code indices} (each the {@code definition} of an index,
 * the {@code document} that goes into it and requests that make it {@code ready}) and {@code
 * systems} (each an {@code index} and a {@code request}, and {@code parameters} of the URL).
 *
 * @param name the file's name
 * @param truth against what answers are checked
 * @param limit how many documents at most
 * @param hits how many hits are asked for, one measurement each
 * @param sets whether queries are expanded, one measurement each
 * @param setup requests that are sent first
 * @param indices the indices, by name
 * @param systems what is measured, those that others are compared with first
 */
record Comparison(
    String name,
    Truth.Kind truth,
    int limit,
    List<Integer> hits,
    List<Boolean> sets,
    List<Setup> setup,
    Map<String, IndexSpec> indices,
    List<SystemSpec> systems) {

  /** A request that is not measured; a null body is none. */
  record Setup(String method, String path, String body) {}

  /**
   * An index.
   *
   * @param definition the body that creates it; {@code "{{dimension}}"} stands for the number
   * @param document the source of a document
   * @param idle requests that take it out of memory, in place of closing it; {@code {{index}}} in
   *     paths stands for its name
   * @param ready requests that make it ready to be searched
   * @param digest changes with definition and document
   */
  record IndexSpec(
      String definition, Template document, List<Setup> idle, List<Setup> ready, String digest) {}

  /**
   * A way to search.
   *
   * @param baseline whether others are compared with it
   */
  record SystemSpec(
      String name, String index, String parameters, Template request, boolean baseline) {}

  /** A comparison that comes with the program, or one in a file. */
  static Comparison read(String name) throws IOException {
    if (name.endsWith(".json")) {
      Path file = Path.of(name);
      return parse(file.getFileName().toString(), Api.JSON.readTree(Files.readString(file)));
    }
    try (InputStream in = Comparison.class.getResourceAsStream(name + ".json")) {
      if (in == null) {
        throw new IllegalArgumentException("[" + name + "] is no comparison");
      }
      return parse(name, Api.JSON.readTree(in));
    }
  }

  private static Comparison parse(String name, JsonNode json) {
    Map<String, IndexSpec> indices = new LinkedHashMap<>();
    for (var entry : json.path("indices").properties()) {
      ObjectNode node = entry.getValue().deepCopy();
      List<Setup> idle = requests(node.path("idle"));
      List<Setup> ready = requests(node.path("ready"));
      node.remove(List.of("idle", "ready"));
      indices.put(
          entry.getKey(),
          new IndexSpec(
              node.path("definition").toString(),
              new Template(node.path("document")),
              idle,
              ready,
              Integer.toHexString(node.toString().hashCode())));
    }
    List<SystemSpec> systems = new ArrayList<>();
    for (var entry : json.path("systems").properties()) {
      JsonNode node = entry.getValue();
      systems.add(
          new SystemSpec(
              entry.getKey(),
              node.path("index").asText(),
              node.path("parameters").asText(""),
              new Template(node.path("request")),
              node.path("baseline").asBoolean()));
    }
    Truth.Kind truth = Truth.Kind.valueOf(json.path("truth").asText("NONE"));
    List<Integer> hits = new ArrayList<>();
    json.path("k").forEach(k -> hits.add(k.intValue()));
    List<Boolean> sets = new ArrayList<>();
    json.path("expanded").forEach(expanded -> sets.add(expanded.booleanValue()));
    int limit = json.path("limit").asInt(Integer.MAX_VALUE);
    return new Comparison(
        name, truth, limit, hits, sets, requests(json.path("setup")), indices, systems);
  }

  private static List<Setup> requests(JsonNode json) {
    List<Setup> requests = new ArrayList<>();
    for (JsonNode node : json) {
      String body = node.has("body") ? node.path("body").toString() : null;
      requests.add(new Setup(node.path("method").asText(), node.path("path").asText(), body));
    }
    return requests;
  }

  /** Whether documents or queries need something, by its name in templates. */
  boolean needs(String what) {
    return indices.values().stream().anyMatch(index -> index.document().has(what))
        || systems.stream().anyMatch(system -> system.request().has(what));
  }
}
