/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelKind;
import io.trident.query.dsl.QueryEncoder;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.opensearch.OpenSearchParseException;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.mapper.MappingTransformer;

/**
 * Adds to each {@code neural_text} field of a mapping the fields of what is made of its text, and
 * writes down what the mapping leaves to the node: the model and what it gives. It runs when an
 * index is created, a mapping is changed, or a template is put. What the mapping says itself of the
 * fields that are added stands. Thread-safe.
 */
public final class NeuralTextTransformer implements MappingTransformer {

  private final Supplier<String> defaultModel;
  private final NamedModels models;
  private final Consumer<Map<String, Object>> check;

  /**
   * Makes the transformer.
   *
   * @param defaultModel the id of the model for fields that name none
   * @param describe says what a model gives, loading it when it is not
   * @param check refuses the configuration of a processor {@code encode} that would not work
   */
  public NeuralTextTransformer(
      Supplier<String> defaultModel,
      Function<String, CompletionStage<ModelDescription>> describe,
      Consumer<Map<String, Object>> check) {
    this.defaultModel = defaultModel;
    this.models = new NamedModels(describe);
    this.check = check;
  }

  @Override
  public void transform(
      Map<String, Object> mapping, TransformContext context, ActionListener<Void> listener) {
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    for (NeuralTextMapping.Place place : NeuralTextMapping.places(mapping)) {
      done = done.thenCompose(nothing -> expand(place));
    }
    done.whenComplete(
        (nothing, failure) -> {
          if (failure == null) {
            listener.onResponse(null);
          } else {
            listener.onFailure(QueryEncoder.answer(failure));
          }
        });
  }

  private CompletionStage<Void> expand(NeuralTextMapping.Place place) {
    NeuralTextField field = place.field();
    place.check();
    Object model = field.options().getOrDefault(NeuralTextField.MODEL, defaultModel.get());
    return describe(field, model)
        .thenCompose(
            description -> {
              NeuralTextField resolved = ModelOptions.resolve(field, description);
              checkProcessor(resolved);
              Map<String, Object> companion =
                  place.completed(CompanionMapping.of(resolved, description));
              CompanionMapping.check(resolved, companion, description);
              return checkExpansion(resolved).thenAccept(nothing -> place.put(resolved, companion));
            });
  }

  /** Refuses to predict queries by a model that does not. */
  private CompletionStage<Void> checkExpansion(NeuralTextField field) {
    return field.isExpanded() == false
        ? CompletableFuture.completedFuture(null)
        : describe(field, field.object(NeuralTextField.EXPANSION).get(NeuralTextField.MODEL))
            .thenAccept(
                description -> {
                  if (description.kind() != ModelKind.QUERY_GENERATOR) {
                    throw field.refused(
                        "needs a model of kind [query_generator] in [expansion], but ["
                            + description.id()
                            + "] is of kind ["
                            + description.kind().name().toLowerCase(Locale.ROOT)
                            + "]");
                  }
                });
  }

  private CompletionStage<ModelDescription> describe(NeuralTextField field, Object model) {
    return models.describe(model, field::refused);
  }

  private void checkProcessor(NeuralTextField field) {
    try {
      check.accept(field.encodeProcessor());
    } catch (OpenSearchParseException e) {
      throw field.refused("cannot be encoded: " + e.getMessage());
    }
  }
}
