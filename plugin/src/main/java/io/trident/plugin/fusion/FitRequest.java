package io.trident.plugin.fusion;

import java.io.IOException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.MediaType;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;

/** Asks for a fit. What its body says is checked when it is made, but for the queries in it. */
public final class FitRequest extends ActionRequest {

  private final BytesReference source;
  private final MediaType type;
  private final FitBody body;

  /** Reads a body. */
  FitRequest(BytesReference source, MediaType type) throws IOException {
    this.source = source;
    this.type = type;
    this.body = body();
  }

  FitRequest(StreamInput in) throws IOException {
    super(in);
    source = in.readBytesReference();
    type = in.readMediaType();
    body = body();
  }

  private FitBody body() throws IOException {
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
    out.writeBytesReference(source);
    type.writeTo(out);
  }

  /** What is asked for. */
  FitBody asked() {
    return body;
  }

  @Override
  public ActionRequestValidationException validate() {
    return null; // the constructors have read the body
  }
}
