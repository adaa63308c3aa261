/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.benchmarks.command.Progress;
import io.trident.cluster.Api;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * An index of one shard that is loaded, merged to one segment and marked, so that a later run finds
 * it ready. What was measured of the build is kept in its mapping's {@code _meta}.
 */
public final class BuiltIndex {

  private static final Duration LONG = Duration.ofHours(3);
  private static final Duration LEASE_DEADLINE = Duration.ofMinutes(3);
  private static final long POLL_NANOS = 1_000_000_000L;

  private final Api api;
  private final String name;

  /** An index of a node, which need not exist. */
  public BuiltIndex(Api api, String name) {
    this.api = api;
    this.name = name;
  }

  /** Gives a load its documents. */
  public interface Source {
    /** Adds all documents. */
    void load(BulkLoader loader) throws IOException;
  }

  /**
   * What was measured of a build, once the index can be searched; null when it was not built to its
   * end.
   */
  public JsonNode built() {
    Api.Answer answer = api.call("GET", "/" + name + "/_mapping", null);
    if (answer.status() != 200) {
      return null;
    }
    JsonNode built = answer.body().path(name).path("mappings").path("_meta").path("built");
    if (built.isMissingNode()) {
      return null;
    }
    String ready = "/_cluster/health/" + name + "?wait_for_status=yellow&timeout=10m";
    api.call("GET", ready, null, LONG).ok();
    return built;
  }

  /**
   * Builds the index, in place of one that was not built to its end.
   *
   * @param definition its settings and mappings
   * @param documents how many there will be, 0 when that is not known
   */
  public void build(PrintStream out, String definition, long documents, Source source)
      throws IOException {
    delete();
    api.call("PUT", "/" + name, definition).ok();
    NodeProcess process = new NodeProcess(api);
    double idle = process.processorSeconds();
    Progress progress = new Progress(out, "indexing " + name, documents);
    try (BulkLoader loader = new BulkLoader(api, name, progress)) {
      source.load(loader);
    }
    double loading = progress.end();
    double flushing = seconds(() -> post("_flush?wait_if_ongoing=true"));
    awaitNoHistory();
    makeMergeable(out, source);
    out.println("merging " + name);
    double merging = seconds(() -> post("_forcemerge?max_num_segments=1"));
    post("_flush");
    post("_refresh");
    ObjectNode built =
        Api.JSON
            .createObjectNode()
            .put("index_seconds", loading)
            .put("processor_seconds", process.processorSeconds() - idle)
            .put("merge_seconds", flushing + merging);
    keep(built);
    out.println("built " + name + ": " + built);
  }

  private void keep(ObjectNode built) {
    ObjectNode meta = Api.JSON.createObjectNode();
    meta.putObject("_meta").set("built", built);
    api.call("PUT", "/" + name + "/_mapping", meta.toString()).ok();
  }

  /** Takes the index away, if there is one. */
  public void delete() {
    api.call("DELETE", "/" + name, null);
  }

  /** Takes the index out of memory. */
  public void close() {
    post("_close");
  }

  /** Opens the index, and waits until it can be searched. */
  public void open() {
    post("_open");
    built();
  }

  /** Does something with an index. */
  public interface Step {
    /** Does it. */
    void run() throws IOException;
  }

  /**
   * Measures, and keeps with what was measured of the build, how much more memory the node has when
   * the index is used than when it is idle. Unless that was done before.
   *
   * @param idle takes the index out of memory
   * @param use brings it back and uses it
   */
  public void measureMemory(PrintStream out, Step idle, Step use) throws IOException {
    ObjectNode built = built().deepCopy();
    if (built.has("heap_bytes")) {
      return;
    }
    NodeProcess process = new NodeProcess(api);
    idle.run();
    NodeProcess.Memory before = process.memory();
    use.run();
    NodeProcess.Memory more = process.memory().since(before);
    built.put("heap_bytes", more.heap());
    built.put("native_bytes", more.anonymous());
    built.put("touched_bytes", more.mapped());
    keep(built);
    out.println("used " + name + ": " + built);
  }

  private static double seconds(Runnable task) {
    long start = System.nanoTime();
    task.run();
    return (System.nanoTime() - start) / 1e9;
  }

  private JsonNode post(String path) {
    return api.call("POST", "/" + name + "/" + path, null, LONG).ok();
  }

  /**
   * Waits until a merge can drop the sources that shards keep for their recovery although the
   * mapping leaves them out: until they are no longer retained.
   */
  private void awaitNoHistory() {
    long deadline = System.nanoTime() + LEASE_DEADLINE.toNanos();
    while (retained() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** A single segment is only merged when it has a deleted document; so one is indexed again. */
  private void makeMergeable(PrintStream out, Source source) throws IOException {
    post("_refresh");
    JsonNode stats = api.call("GET", "/" + name + "/_stats/segments", null).ok();
    if (stats.at("/_all/primaries/segments/count").asInt() == 1) {
      Progress progress = new Progress(out, "indexing a document of " + name + " again", 1);
      try (BulkLoader loader = new BulkLoader(api, name, progress, 1)) {
        source.load(loader);
      }
      post("_flush");
    }
  }

  /** Whether operations of the load are still retained for a recovery. */
  private boolean retained() {
    JsonNode shard =
        api.call("GET", "/" + name + "/_stats?level=shards", null)
            .ok()
            .at("/indices/" + name + "/shards/0/0");
    long last = shard.path("seq_no").path("max_seq_no").asLong();
    for (JsonNode lease : shard.path("retention_leases").path("leases")) {
      if (lease.path("retaining_seq_no").asLong() <= last) {
        return true;
      }
    }
    return false;
  }

  /** Bytes on disk; for some seconds after a merge with those of the segments that were merged. */
  public long bytes() {
    return api.call("GET", "/" + name + "/_stats/store", null)
        .ok()
        .path("_all")
        .path("primaries")
        .path("store")
        .path("size_in_bytes")
        .asLong();
  }
}
