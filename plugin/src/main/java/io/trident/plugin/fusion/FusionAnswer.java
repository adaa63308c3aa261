/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import java.io.IOException;
import java.util.Map;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;

/** What came of a request about the settings of fusions, as JSON has it. */
public final class FusionAnswer extends ActionResponse implements ToXContentObject {

  private final Map<String, Object> content;

  FusionAnswer(Map<String, Object> content) {
    this.content = content;
  }

  FusionAnswer(StreamInput in) throws IOException {
    content = in.readMap();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeMap(content);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder.map(content);
  }
}
