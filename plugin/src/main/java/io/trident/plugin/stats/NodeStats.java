/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.stats;

import io.trident.ingest.Admission;
import io.trident.models.api.ModelStats;
import java.io.IOException;
import java.util.List;
import org.opensearch.action.support.nodes.BaseNodeResponse;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;

/** What the models of one node have done, and what it has taken on to encode. */
public final class NodeStats extends BaseNodeResponse implements ToXContentFragment {

  private final List<ModelStats> models;
  private final Admission.Load load;

  NodeStats(DiscoveryNode node, List<ModelStats> models, Admission.Load load) {
    super(node);
    this.models = models;
    this.load = load;
  }

  NodeStats(StreamInput in) throws IOException {
    super(in);
    models = in.readList(NodeStats::read);
    load =
        new Admission.Load(
            in.readVInt(), in.readVLong(), in.readVLong(), in.readVLong(), in.readVLong());
  }

  private static ModelStats read(StreamInput in) throws IOException {
    return new ModelStats(
        in.readString(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        new ModelStats.Latency(in.readVLong(), in.readVLong(), in.readVLong(), in.readVLong()));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    out.writeCollection(models, NodeStats::write);
    out.writeVInt(load.documents());
    out.writeVLong(load.bytes());
    out.writeVLong(load.expectedMillis());
    out.writeVLong(load.microsPerDocument());
    out.writeVLong(load.rejected());
  }

  private static void write(StreamOutput out, ModelStats model) throws IOException {
    out.writeString(model.model());
    out.writeVLong(model.requests());
    out.writeVLong(model.texts());
    out.writeVLong(model.runs());
    out.writeVLong(model.rows());
    out.writeVLong(model.largestRun());
    out.writeVLong(model.tokens());
    out.writeVLong(model.paddedTokens());
    out.writeVLong(model.runMillis());
    out.writeVLong(model.queued());
    out.writeVLong(model.rejected());
    out.writeVLong(model.timedOut());
    out.writeVLong(model.failed());
    out.writeVLong(model.cacheHits());
    out.writeVLong(model.cacheMisses());
    out.writeVLong(model.memory());
    out.writeVLong(model.latency().p50());
    out.writeVLong(model.latency().p90());
    out.writeVLong(model.latency().p99());
    out.writeVLong(model.latency().max());
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(getNode().getId()).field("name", getNode().getName());
    builder.startObject("models");
    for (ModelStats model : models) {
      write(builder, model);
    }
    return builder
        .endObject()
        .startObject("ingest")
        .field("documents", load.documents())
        .field("expected_time_in_millis", load.expectedMillis())
        .field("document_time_in_micros", load.microsPerDocument())
        .field("heap_in_bytes", load.bytes())
        .field("rejected", load.rejected())
        .endObject()
        .endObject();
  }

  private static void write(XContentBuilder builder, ModelStats model) throws IOException {
    builder
        .startObject(model.model())
        .field("requests", model.requests())
        .field("texts", model.texts())
        .field("tokens", model.tokens())
        .field("padded_tokens", model.paddedTokens())
        .field("runs", model.runs())
        .field("run_time_in_millis", model.runMillis());
    builder
        .startObject("run_size")
        .field("mean", model.runs() == 0 ? 0 : (double) model.rows() / model.runs())
        .field("max", model.largestRun())
        .endObject();
    builder
        .startObject("latency_in_micros")
        .field("p50", model.latency().p50())
        .field("p90", model.latency().p90())
        .field("p99", model.latency().p99())
        .field("max", model.latency().max())
        .endObject();
    builder
        .field("queued", model.queued())
        .field("rejected", model.rejected())
        .field("timed_out", model.timedOut())
        .field("failed", model.failed())
        .field("query_cache_hits", model.cacheHits())
        .field("query_cache_misses", model.cacheMisses())
        .field("native_memory_in_bytes", model.memory())
        .endObject();
  }
}
