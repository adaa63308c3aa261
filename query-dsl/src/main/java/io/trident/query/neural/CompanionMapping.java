/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import static io.trident.query.neural.NeuralTextField.key;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.Representation;
import io.trident.query.mapper.VectorModel;
import java.util.LinkedHashMap;
import java.util.Map;
import org.opensearch.common.xcontent.support.XContentMapValues;

/** The mapping of what is made of a {@code neural_text} field's text. */
final class CompanionMapping {

  private static final String DIMENSION = "dimension";
  private static final String TYPE = "type";

  private CompanionMapping() {}

  /** The object's mapping, for a field whose options are filled in. */
  static Map<String, Object> of(NeuralTextField field, ModelDescription model) {
    Map<String, Object> passage = new LinkedHashMap<>();
    passage.put(NeuralTextField.TEXT, Map.of("type", "text", "index", false));
    passage.put("start", place());
    passage.put("end", place());
    for (Representation representation : field.representations()) {
      passage.put(key(representation), vectors(field, representation, model));
    }
    if (field.isExpanded()) {
      Map<String, Object> queries = new LinkedHashMap<>(Map.of("type", "text"));
      queries.computeIfAbsent("analyzer", field.options()::get);
      passage.put(NeuralTextField.QUERIES, queries);
    }
    return properties(
        Map.of(
            NeuralTextField.DIGEST,
            Map.of("type", "keyword", "index", false),
            NeuralTextField.PASSAGES,
            Map.of("type", "nested", "properties", passage)));
  }

  private static Map<String, Object> properties(Map<String, Object> properties) {
    return new LinkedHashMap<>(Map.of("properties", properties));
  }

  private static Map<String, Object> place() {
    return Map.of("type", "integer", "index", false, "doc_values", false);
  }

  private static Map<String, Object> vectors(
      NeuralTextField field, Representation representation, ModelDescription model) {
    Map<String, Object> mapping = new LinkedHashMap<>();
    mapping.put("type", NeuralTextField.type(representation));
    Integer dimension = model.dimensions().get(representation);
    if (dimension != null) {
      mapping.put(DIMENSION, dimension);
    }
    mapping.put(VectorModel.MODEL, model.id());
    mapping.put(VectorModel.FINGERPRINT, model.fingerprint());
    mapping.putAll(field.object(key(representation)));
    return mapping;
  }

  /** Refuses what the mapping itself says of the object, when no document could be indexed so. */
  static void check(NeuralTextField field, Map<String, Object> companion, ModelDescription model) {
    String passages = "properties." + NeuralTextField.PASSAGES;
    checkIs(field, companion, TYPE, field.companion(), "object");
    checkIs(field, companion, passages + "." + TYPE, field.passages(), "nested");
    String digest = "properties." + NeuralTextField.DIGEST;
    checkIs(field, companion, digest + "." + TYPE, field.digest(), "keyword");
    checkIs(field, companion, digest + ".doc_values", field.digest(), "true");
    for (Representation representation : field.representations()) {
      String vectors = passages + ".properties." + key(representation) + ".";
      String name = field.vectors(representation);
      checkIs(field, companion, vectors + VectorModel.MODEL, name, model.id());
      Integer dimension = model.dimensions().get(representation);
      if (dimension != null) {
        checkIs(field, companion, vectors + DIMENSION, name, dimension.toString());
      }
    }
  }

  private static void checkIs(
      NeuralTextField field,
      Map<String, Object> companion,
      String path,
      String name,
      String expected) {
    Object mapped = XContentMapValues.extractValue(path, companion);
    if (mapped != null && expected.equals(mapped.toString()) == false) {
      throw field.refused(
          "needs ["
              + path.substring(path.lastIndexOf('.') + 1)
              + "] of its ["
              + name
              + "] to be ["
              + expected
              + "], got ["
              + Excerpt.of(mapped)
              + "]");
    }
  }
}
