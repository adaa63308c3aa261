/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import java.io.IOException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;

/** Asks something of one profile, or of all of them. */
public final class ProfileRequest extends ActionRequest {

  private final String name;
  private final String json;

  /**
   * Makes a request.
   *
   * @param name the profile's name, or null for all
   * @param json the profile, where it is to be stored; else null
   */
  public ProfileRequest(String name, String json) {
    this.name = name;
    this.json = json;
  }

  ProfileRequest(StreamInput in) throws IOException {
    super(in);
    name = in.readOptionalString();
    json = in.readOptionalString();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    out.writeOptionalString(name);
    out.writeOptionalString(json);
  }

  String name() {
    return name;
  }

  String json() {
    return json;
  }

  @Override
  public ActionRequestValidationException validate() {
    return null; // whoever does the work reads the profile
  }
}
