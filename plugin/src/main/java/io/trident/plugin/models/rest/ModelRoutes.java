/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.rest;

import static org.opensearch.rest.RestRequest.Method.DELETE;
import static org.opensearch.rest.RestRequest.Method.GET;
import static org.opensearch.rest.RestRequest.Method.POST;
import static org.opensearch.rest.RestRequest.Method.PUT;

import io.trident.plugin.models.action.DeleteModelAction;
import io.trident.plugin.models.action.EncodeModelAction;
import io.trident.plugin.models.action.PutModelAction;
import io.trident.plugin.models.action.ValidateModelAction;
import java.util.List;
import org.opensearch.rest.RestHandler;
import org.opensearch.rest.RestHandler.Route;

/** The routes at {@code /_plugins/_trident/models}. */
public final class ModelRoutes {

  static final String MODELS = "/_plugins/_trident/models";
  static final String MODEL = MODELS + "/{id}";

  private ModelRoutes() {}

  /** What answers at each of the routes. */
  public static List<RestHandler> handlers() {
    return List.of(
        new ListModelsRestAction(),
        new GetModelRestAction(),
        new ModelRestAction("trident_put_model_action", new Route(PUT, MODEL), PutModelAction.TYPE),
        new ModelRestAction(
            "trident_delete_model_action", new Route(DELETE, MODEL), DeleteModelAction.TYPE),
        new PutChunkRestAction(),
        new ModelRestAction(
            "trident_encode_action", new Route(POST, MODEL + "/_encode"), EncodeModelAction.TYPE),
        new ModelRestAction(
            "trident_validate_model_action",
            new Route(GET, MODEL + "/_validate"),
            ValidateModelAction.TYPE));
  }
}
