/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import io.trident.models.api.Excerpt;
import java.io.IOException;
import java.util.Map;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.MediaType;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;

/** Asks for a fit. What its body says is checked when it is made, but for the queries in it. */
public final class FitRequest extends ActionRequest {

  private final BytesReference source;
  private final MediaType type;
  private final FitBody body;
  private boolean storesResult;

  /** Reads a body. */
  public FitRequest(BytesReference source, MediaType type) throws IOException {
    this.source = source;
    this.type = type;
    this.body = parse();
  }

  FitRequest(StreamInput in) throws IOException {
    super(in);
    storesResult = in.readBoolean();
    source = in.readBytesReference();
    type = in.readMediaType();
    body = parse();
  }

  private FitBody parse() throws IOException {
    try (XContentParser parser =
        type.xContent()
            .createParser(
                NamedXContentRegistry.EMPTY,
                LoggingDeprecationHandler.INSTANCE,
                source.streamInput())) {
      return FitBody.parse(parser);
    }
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    out.writeBoolean(storesResult);
    out.writeBytesReference(source);
    type.writeTo(out);
  }

  /** What is asked for. */
  FitBody body() {
    return body;
  }

  /** Has the answer kept under the task's id, for who does not wait. */
  FitRequest storingResult() {
    storesResult = true;
    return this;
  }

  @Override
  public boolean getShouldStoreResult() {
    return storesResult;
  }

  @Override
  public FitTask createTask(
      long id, String type, String action, TaskId parent, Map<String, String> headers) {
    return new FitTask(id, type, action, getDescription(), parent, headers);
  }

  @Override
  public String getDescription() {
    return "fits a fusion of [" + Excerpt.of(String.join(",", body.indices())) + "]";
  }

  @Override
  public ActionRequestValidationException validate() {
    return null; // the constructors have read the body
  }
}
