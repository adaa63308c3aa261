/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import io.trident.models.api.Excerpt;
import io.trident.query.search.RequestCompletion;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.XContentType;

/**
 * Completes a {@code neural_text} field of a mapping that is put again by what the indices have of
 * it: the model, where the mapping names none, because the node's default, which a new field gets,
 * may be another by now; and the mapping of what is made of the text, so that an option that
 * differs is refused under its own name. Where the indices of a request disagree, nothing is
 * completed, and those refuse it that have something else. Thread-safe.
 */
public final class NeuralTextUpdateFilter extends RequestCompletion {

  private final TargetMappings mappings;

  /**
   * Makes the filter.
   *
   * @param mappings finds what the indices of a request are mapped to
   */
  public NeuralTextUpdateFilter(TargetMappings mappings) {
    this.mappings = mappings;
  }

  @Override
  protected void complete(ActionRequest request) {
    if (request instanceof PutMappingRequest put
        && put.indices() != null
        && put.source() != null
        && put.source().contains(NeuralTextField.CONTENT_TYPE)) {
      complete(put);
    }
  }

  private void complete(PutMappingRequest request) {
    Map<String, Object> mapping =
        XContentHelper.convertToMap(XContentType.JSON.xContent(), request.source(), true);
    List<NeuralTextMapping.Place> places = NeuralTextMapping.places(mapping);
    if (places.isEmpty()) {
      return;
    }
    List<MappedFields> indices = mappings.changedBy(request);
    for (NeuralTextMapping.Place place : places) {
      complete(place, indices.stream().filter(index -> isIn(index, place.field())).toList());
    }
    request.source(mapping);
  }

  private static boolean isIn(MappedFields index, NeuralTextField field) {
    MappedFields.MappedField known = index.field(field.name());
    return known != null && known.neural() != null;
  }

  /** Completes a field by indices that have it. */
  private static void complete(NeuralTextMapping.Place place, List<MappedFields> indices) {
    String name = place.field().name();
    Set<Object> models =
        values(indices, index -> index.field(name).neural().options().get(NeuralTextField.MODEL));
    if (models.size() == 1) {
      place.options().putIfAbsent(NeuralTextField.MODEL, models.iterator().next());
    }
    indices.forEach(index -> checkOptions(place, index));
    Set<Map<String, Object>> companions =
        values(indices, index -> index.mapping(place.field().companion()));
    if (companions.size() == 1) {
      place.complete(companions.iterator().next());
    }
  }

  private static <T> Set<T> values(List<MappedFields> indices, Function<MappedFields, T> of) {
    return indices.stream().map(of).collect(Collectors.toSet());
  }

  /**
   * Refuses an option that differs here, because a field below the companion that comes of it may
   * be refused before the field is. Only [passages] may be said in another way than it is kept.
   */
  private static void checkOptions(NeuralTextMapping.Place place, MappedFields index) {
    Map<String, Object> known = index.field(place.field().name()).neural().options();
    for (String option : NeuralTextField.OPTIONS) {
      Object given = place.options().get(option);
      if (given != null
          && option.equals(NeuralTextField.PASSAGES) == false
          && given.equals(known.get(option)) == false) {
        throw place
            .field()
            .refused(
                "conflicts with existing mapper: Cannot update parameter ["
                    + option
                    + "] from ["
                    + Excerpt.of(known.get(option))
                    + "] to ["
                    + Excerpt.of(given)
                    + "]");
      }
    }
  }
}
