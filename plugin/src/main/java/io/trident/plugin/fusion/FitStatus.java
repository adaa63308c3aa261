/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.tasks.Task;

/**
 * How a fit gets on: first its queries are searched, then its settings are tried.
 *
 * @param queries how many queries there are
 * @param searched how many have been searched
 * @param settings how many ways of fusing there are to try, each with many weights; 0 until all
 *     queries are searched
 * @param tried how many have been tried
 * @param reranked for how many queries a cross-encoder has scored documents, after that
 */
public record FitStatus(int queries, int searched, int settings, int tried, int reranked)
    implements Task.Status {

  /** The name between nodes. */
  public static final String NAME = "trident_fit";

  /** Reads a status from another node. */
  public FitStatus(StreamInput in) throws IOException {
    this(in.readVInt(), in.readVInt(), in.readVInt(), in.readVInt(), in.readVInt());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeVInt(queries);
    out.writeVInt(searched);
    out.writeVInt(settings);
    out.writeVInt(tried);
    out.writeVInt(reranked);
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder
        .startObject()
        .field("queries", queries)
        .field("searched", searched)
        .field("settings", settings)
        .field("tried", tried)
        .field("reranked", reranked)
        .endObject();
  }
}
