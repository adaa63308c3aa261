package io.trident.plugin;

import io.trident.models.api.ModelStats;
import java.io.IOException;
import java.util.List;
import org.opensearch.action.support.nodes.BaseNodeResponse;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;

/** What the models of one node have done. */
public final class NodeStats extends BaseNodeResponse implements ToXContentFragment {

  private final List<ModelStats> models;

  NodeStats(DiscoveryNode node, List<ModelStats> models) {
    super(node);
    this.models = models;
  }

  NodeStats(StreamInput in) throws IOException {
    super(in);
    models =
        in.readList(
            item ->
                new ModelStats(
                    item.readString(),
                    item.readVLong(),
                    item.readVLong(),
                    item.readVLong(),
                    item.readVLong(),
                    item.readVLong(),
                    item.readVLong(),
                    item.readVLong(),
                    item.readVLong(),
                    item.readVLong()));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    out.writeCollection(
        models,
        (stream, model) -> {
          stream.writeString(model.model());
          stream.writeVLong(model.texts());
          stream.writeVLong(model.tokens());
          stream.writeVLong(model.runs());
          stream.writeVLong(model.runMillis());
          stream.writeVLong(model.queued());
          stream.writeVLong(model.rejected());
          stream.writeVLong(model.failed());
          stream.writeVLong(model.cacheHits());
          stream.writeVLong(model.cacheMisses());
        });
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(getNode().getId()).field("name", getNode().getName());
    builder.startObject("models");
    for (ModelStats model : models) {
      builder
          .startObject(model.model())
          .field("texts", model.texts())
          .field("tokens", model.tokens())
          .field("runs", model.runs())
          .field("run_time_in_millis", model.runMillis())
          .field("queued", model.queued())
          .field("rejected", model.rejected())
          .field("failed", model.failed())
          .field("query_cache_hits", model.cacheHits())
          .field("query_cache_misses", model.cacheMisses())
          .endObject();
    }
    return builder.endObject().endObject();
  }
}
