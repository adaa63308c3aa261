/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.rest;

import static org.opensearch.rest.RestRequest.Method.PUT;

import io.trident.plugin.models.action.PutChunkAction;
import java.util.Map;
import org.opensearch.rest.RestRequest;

/** Stores a part of a file; the path names the file and the part. */
final class PutChunkRestAction extends ModelRestAction {

  PutChunkRestAction() {
    super(
        "trident_put_chunk_action",
        new Route(PUT, ModelRoutes.MODEL + "/files/{file}/{number}"),
        PutChunkAction.TYPE);
  }

  @Override
  Map<String, Object> body(RestRequest request) {
    Map<String, Object> body = super.body(request);
    body.put("file", request.param("file"));
    body.put("number", request.paramAsInt("number", -1));
    return body;
  }
}
