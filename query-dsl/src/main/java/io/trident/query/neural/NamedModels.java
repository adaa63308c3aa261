/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.opensearch.index.mapper.MapperParsingException;

/**
 * The models that mappings name.
 *
 * @param models says what a model gives, loading it when it is not
 */
record NamedModels(Function<String, CompletionStage<ModelDescription>> models) {

  /**
   * Describes the model of a field.
   *
   * @param model what the field says in {@code model}
   * @param refused refuses the field for a reason
   */
  CompletionStage<ModelDescription> describe(
      Object model, Function<String, MapperParsingException> refused) {
    if (model instanceof String id) {
      return models
          .apply(id)
          .handle((description, failure) -> described(description, failure, refused));
    }
    throw refused.apply("must have the id of a model in [model], got [" + Excerpt.of(model) + "]");
  }

  /** The description of the model; a failure that the mapping is the reason of names the field. */
  private static ModelDescription described(
      ModelDescription description,
      Throwable failure,
      Function<String, MapperParsingException> refused) {
    if (failure == null) {
      return description;
    }
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof ModelException e && e.kind().httpStatus() < 429) {
      throw refused.apply("cannot use its [model]: " + e.getMessage());
    }
    throw new CompletionException(cause);
  }
}
