/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import io.trident.models.api.ModelDescription;
import io.trident.query.dsl.QueryEncoder;
import io.trident.query.mapper.DenseVectorFieldMapper;
import io.trident.query.mapper.ImpactVectorFieldMapper;
import io.trident.query.mapper.ReducedVectors;
import io.trident.query.mapper.TokenVectorsFieldMapper;
import io.trident.query.mapper.VectorModel;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.MappingTransformer;

/**
 * Adds to each vector field of a mapping that says its model the fingerprint which the model has
 * now, and to each whose vectors are reduced by a model's map the rows of that. It runs when an
 * index is created, a mapping is changed, or a template is put. Thread-safe.
 */
public final class VectorModelTransformer implements MappingTransformer {

  private static final Set<String> TYPES =
      Set.of(
          DenseVectorFieldMapper.CONTENT_TYPE,
          ImpactVectorFieldMapper.CONTENT_TYPE,
          TokenVectorsFieldMapper.CONTENT_TYPE);

  private final NamedModels models;

  /**
   * Makes the transformer.
   *
   * @param describe says what a model gives, loading it when it is not
   */
  public VectorModelTransformer(Function<String, CompletionStage<ModelDescription>> describe) {
    this.models = new NamedModels(describe);
  }

  @Override
  public void transform(
      Map<String, Object> mapping, TransformContext context, ActionListener<Void> listener) {
    complete("", NeuralTextMapping.root(mapping))
        .whenComplete(
            (nothing, failure) -> {
              if (failure == null) {
                listener.onResponse(null);
              } else {
                listener.onFailure(QueryEncoder.answer(failure));
              }
            });
  }

  private CompletionStage<Void> complete(String path, Map<String, Object> object) {
    CompletionStage<Void> done = CompletableFuture.completedFuture(null);
    for (Map.Entry<String, Map<String, Object>> field :
        NeuralTextMapping.properties(object, NeuralTextMapping.PROPERTIES).entrySet()) {
      String name = path + field.getKey();
      Map<String, Object> mapping = field.getValue();
      done =
          done.thenCompose(
              nothing ->
                  TYPES.contains(String.valueOf(mapping.get(NeuralTextMapping.TYPE)))
                      ? addFingerprint(name, mapping).thenCompose(added -> addRows(name, mapping))
                      : complete(name + ".", mapping));
    }
    return done;
  }

  private CompletionStage<Void> addRows(String name, Map<String, Object> mapping) {
    Object model = ReducedVectors.modelWithoutRows(mapping);
    return model == null
        ? CompletableFuture.completedFuture(null)
        : models
            .describe(model, reason -> new MapperParsingException("field [" + name + "] " + reason))
            .thenAccept(described -> ReducedVectors.addRows(name, mapping, described));
  }

  private CompletionStage<Void> addFingerprint(String name, Map<String, Object> mapping) {
    Object model = mapping.get(VectorModel.MODEL);
    return model == null || mapping.containsKey(VectorModel.FINGERPRINT)
        ? CompletableFuture.completedFuture(null)
        : models
            .describe(model, reason -> new MapperParsingException("field [" + name + "] " + reason))
            .thenAccept(described -> mapping.put(VectorModel.FINGERPRINT, described.fingerprint()));
  }
}
