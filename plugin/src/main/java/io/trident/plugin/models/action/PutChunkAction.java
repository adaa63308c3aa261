/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import io.trident.models.api.ModelException;
import java.util.Base64;
import java.util.Map;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.transport.TransportService;

/** Stores a part of a file of a model to come. */
public final class PutChunkAction extends TransportModelAction {

  static final String NAME = "cluster:admin/trident/models/chunk";

  /** How clients name the action. */
  public static final ActionType<ModelAnswer> TYPE = new ActionType<>(NAME, ModelAnswer::new);

  private final ModelsComponent models;

  /** Made by OpenSearch. */
  @Inject
  public PutChunkAction(
      TransportService transportService, ActionFilters actionFilters, ModelsComponent models) {
    super(NAME, transportService, actionFilters);
    this.models = models;
  }

  @Override
  void work(String model, RequestBody body, ActionListener<Map<String, Object>> listener) {
    String sha256 = body.require("file", String.class);
    String upload = body.take("upload", String.class);
    int number = body.require("number", Integer.class);
    byte[] data = bytes(body.require("data", Object.class), body);
    body.end();
    models.cluster().uploads().putChunk(model, sha256, upload == null ? "" : upload, number, data);
    listener.onResponse(
        Map.of("model", model, "file", sha256, "number", number, "bytes", data.length));
  }

  private static byte[] bytes(Object data, RequestBody body) {
    if (data instanceof byte[] bytes) {
      return bytes; // CBOR and SMILE have them
    }
    try {
      return Base64.getDecoder().decode(String.valueOf(data));
    } catch (IllegalArgumentException e) {
      ModelException refused = body.refused("must have [data] in base64: " + e.getMessage());
      refused.addSuppressed(e);
      throw refused;
    }
  }
}
