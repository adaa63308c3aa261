package io.trident.benchmarks.node;

import io.trident.cluster.Api;

/** The process of a node, as it describes itself. Its figures are up to a second old. */
public final class NodeProcess {

  private final Api api;

  /** The process that answers. */
  public NodeProcess(Api api) {
    this.api = api;
  }

  /** Seconds of processor time so far, on all cores together. */
  public double processorSeconds() {
    return api.call("GET", "/_nodes/_local/stats/process", null)
            .ok()
            .path("nodes")
            .iterator()
            .next()
            .at("/process/cpu/total_in_millis")
            .asLong()
        / 1e3;
  }
}
