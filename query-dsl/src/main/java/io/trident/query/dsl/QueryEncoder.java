/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.models.api.Encoding;
import io.trident.models.api.Inference;
import io.trident.models.api.ModelException;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;

/**
 * Encodes the texts of queries. Thread-safe.
 *
 * @param inference runs the models; asked for when a query is encoded, because queries are parsed
 *     by a plugin that has not started yet
 * @param defaultModel the id of the model for queries that name none
 */
public record QueryEncoder(Supplier<Inference> inference, Supplier<String> defaultModel) {

  /**
   * Encodes texts, together.
   *
   * @param model the model's id, or null for the default
   * @param listener gets the encodings in their order, or an exception with the status to answer
   */
  public void encode(
      String model,
      List<String> texts,
      Representation wanted,
      ActionListener<List<Encoding>> listener) {
    String id = id(model);
    try {
      inference
          .get()
          .encode(id, texts, Side.QUERY, Set.of(wanted), Inference.Workload.SEARCH)
          .whenComplete(
              (encodings, failure) -> {
                if (failure == null) {
                  listener.onResponse(encodings);
                } else {
                  listener.onFailure(answer(failure));
                }
              });
    } catch (ModelException e) {
      listener.onFailure(answer(e));
    }
  }

  /** The id of a model, which is that of the default for null. */
  String id(String model) {
    return model == null ? defaultModel.get() : model;
  }

  /** The exception to answer with for a failure of inference. */
  public static Exception answer(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof ModelException e) {
      return new OpenSearchStatusException(
          e.getMessage(), RestStatus.fromCode(e.kind().httpStatus()), e);
    }
    return cause instanceof Exception e ? e : new IllegalStateException(cause);
  }
}
