/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import java.io.IOException;
import java.util.Map;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;

/** Asks something of one model. */
public final class ModelRequest extends ActionRequest {

  private final String model;
  private final Map<String, Object> body;

  /**
   * Makes a request.
   *
   * @param body the options, as JSON has them
   */
  public ModelRequest(String model, Map<String, Object> body) {
    this.model = model;
    this.body = body;
  }

  ModelRequest(StreamInput in) throws IOException {
    super(in);
    model = in.readString();
    body = in.readMap();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    out.writeString(model);
    out.writeMap(body);
  }

  /** The id of the model. */
  public String model() {
    return model;
  }

  /** The options, as JSON has them. */
  public Map<String, Object> body() {
    return body;
  }

  @Override
  public ActionRequestValidationException validate() {
    return null; // whoever does the work reads the body
  }
}
