/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.models;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A node that encodes, and what it says of itself and of a model. */
final class EncodingNode {

  static final String INDEX = "encoded";

  /** The names of the threads of {@code trident[ingest]}, which systems shorten in their ways. */
  private static final Pattern ENCODES = Pattern.compile("trident.*est\\]");

  private final Api api;
  private final String model;

  EncodingNode(Api api, String model) {
    this.api = api;
    this.model = model;
  }

  Api api() {
    return api;
  }

  /** Makes the index and the pipeline anew, for all that the model gives. */
  void createIndex() {
    api.call("DELETE", "/" + INDEX, null);
    api.call("PUT", "/" + INDEX + "/_settings", "{\"index.default_pipeline\": \"_none\"}");
    api.call("DELETE", "/_ingest/pipeline/" + INDEX, null);
    String index = "{\"index\": {\"name\": \"" + INDEX + "\", \"field\": \"body\"}}";
    api.call("PUT", "/_plugins/_trident/models/" + model, index).ok();
  }

  /**
   * What was counted so far.
   *
   * @param encodingTicks processor time of the threads that encode documents
   * @param processorTicks of the whole node, on all cores together
   * @param p50Micros the median latency of requests to the model
   */
  record Counted(long tokens, long encodingTicks, long processorTicks, long p50Micros) {}

  /** What the node has counted, and the operating system of it. */
  Counted counted() throws IOException {
    JsonNode stats = node("/_plugins/_trident/stats").at("/models/" + model);
    Path process = process();
    long encoding = 0;
    try (Stream<Path> threads = Files.list(process.resolve("task"))) {
      for (Path thread : threads.toList()) {
        if (ENCODES.matcher(Files.readString(thread.resolve("comm"))).lookingAt()) {
          encoding += ticks(thread);
        }
      }
    }
    return new Counted(
        stats.path("tokens").asLong(),
        encoding,
        ticks(process),
        stats.at("/latency_in_micros/p50").asLong());
  }

  /** Processor time of a process or a thread so far: the fields {@code utime} and {@code stime}. */
  private static long ticks(Path folder) throws IOException {
    String stat = Files.readString(folder.resolve("stat"));
    String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(afterName[11]) + Long.parseLong(afterName[12]);
  }

  private Path process() {
    long id = node("/_nodes/_local/process").at("/process/id").asLong();
    return Path.of("/proc", Long.toString(id));
  }

  private JsonNode node(String path) {
    return api.call("GET", path, null).ok().path("nodes").iterator().next();
  }

  /** Bytes of memory that the node's process holds, without the files that it maps. */
  long heldBytes() throws IOException {
    Path process = process();
    for (String line : Files.readAllLines(process.resolve("status"))) {
      if (line.startsWith("RssAnon:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
      }
    }
    throw new IOException("[" + process + "] does not say what memory the node holds");
  }

  /** Documents that can be found. */
  long count() {
    api.call("POST", "/" + INDEX + "/_refresh", null).ok();
    return api.call("GET", "/" + INDEX + "/_count", null).ok().path("count").asLong();
  }
}
