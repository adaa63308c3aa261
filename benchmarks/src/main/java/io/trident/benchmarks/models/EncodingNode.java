package io.trident.benchmarks.models;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A node that encodes, and what it says of itself and of a model. */
final class EncodingNode {

  static final String INDEX = "encoded";

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
   * @param runMillis time inside of ONNX Runtime
   * @param processorMillis of the node, on all cores together
   * @param p50Micros the median latency of requests to the model
   */
  record Counted(long texts, long tokens, long runMillis, long processorMillis, long p50Micros) {}

  /** What the node has counted. */
  Counted counted() {
    JsonNode stats = node("/_plugins/_trident/stats").at("/models/" + model);
    return new Counted(
        stats.path("texts").asLong(),
        stats.path("tokens").asLong(),
        stats.path("run_time_in_millis").asLong(),
        node("/_nodes/_local/stats/process").at("/process/cpu/total_in_millis").asLong(),
        stats.at("/latency_in_micros/p50").asLong());
  }

  private JsonNode node(String path) {
    return api.call("GET", path, null).ok().path("nodes").iterator().next();
  }

  /** Bytes of memory that the node's process holds, without the files that it maps. */
  long heldBytes() throws IOException {
    long id = node("/_nodes/_local/process").at("/process/id").asLong();
    for (String line : Files.readAllLines(Path.of("/proc", Long.toString(id), "status"))) {
      if (line.startsWith("RssAnon:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
      }
    }
    throw new IOException("process [" + id + "] does not say what memory it holds");
  }

  /** Documents that can be found. */
  long count() {
    api.call("POST", "/" + INDEX + "/_refresh", null).ok();
    return api.call("GET", "/" + INDEX + "/_count", null).ok().path("count").asLong();
  }
}
