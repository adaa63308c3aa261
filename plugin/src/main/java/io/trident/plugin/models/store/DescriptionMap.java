/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelKind;
import io.trident.models.api.Representation;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A model's description as JSON has it, in answers and in the index. */
public final class DescriptionMap {

  private DescriptionMap() {}

  /** Everything that is known of a model, or its id and what is wrong with it. */
  public static Map<String, Object> of(ModelDescription model) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", model.id());
    if (model.problem() != null) {
      map.put("problem", model.problem());
      return map;
    }
    map.put("kind", model.kind().toString());
    map.put("description", model.description());
    map.put("license", model.license());
    map.put("max_tokens", model.maxTokens());
    map.put("sha256", model.sha256());
    if (model.fingerprint() != null) {
      map.put("fingerprint", model.fingerprint());
    }
    map.put("source", model.source());
    if (model.version() > 0) {
      map.put("version", model.version());
    }
    map.put("loaded", model.loaded());
    Map<String, Object> representations = new TreeMap<>();
    for (Representation representation : model.representations()) {
      Integer dimension = model.dimensions().get(representation);
      representations.put(
          representation.name().toLowerCase(Locale.ROOT),
          dimension == null ? Map.of() : Map.of("dimension", dimension));
    }
    map.put("representations", representations);
    return map;
  }

  /** The description of a stored model that is not loaded. */
  static ModelDescription stored(Map<?, ?> map) {
    Map<Representation, Integer> dimensions = new EnumMap<>(Representation.class);
    Map<?, ?> representations = (Map<?, ?>) map.get("representations");
    Map<Representation, Map<?, ?>> given = new EnumMap<>(Representation.class);
    representations.forEach(
        (name, details) ->
            given.put(
                Representation.valueOf(((String) name).toUpperCase(Locale.ROOT)),
                (Map<?, ?>) details));
    given.forEach(
        (representation, details) -> {
          if (details.get("dimension") instanceof Number dimension) {
            dimensions.put(representation, dimension.intValue());
          }
        });
    ModelDescription description =
        new ModelDescription(
            (String) map.get("id"),
            (String) map.get("description"),
            (String) map.get("license"),
            (String) map.get("sha256"),
            (String) map.get("fingerprint"),
            ((Number) map.get("max_tokens")).intValue(),
            given.keySet(),
            dimensions,
            ModelKind.of((String) map.get("kind")),
            "index",
            0,
            false,
            null,
            null);
    return description.stored(((Number) map.get("version")).longValue());
  }
}
