/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import static io.trident.query.neural.NeuralTextField.EXPANSION;
import static io.trident.query.neural.NeuralTextField.MODEL;
import static io.trident.query.neural.NeuralTextField.PASSAGES;
import static io.trident.query.neural.NeuralTextField.TOKEN_REDUCTION;
import static io.trident.query.neural.NeuralTextField.key;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.Representation;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Fills in what the mapping of a {@code neural_text} field leaves open. */
final class ModelOptions {

  /** The default of {@code passages.max_tokens}: 128, as of the processor. */
  static final int DEFAULT_MAX_TOKENS = 128;

  /** The default of {@code passages.overlap}: 16, as of the processor. */
  static final int DEFAULT_OVERLAP = 16;

  private ModelOptions() {}

  /** The field with its model, every representation on or off, and its way of cutting. */
  static NeuralTextField resolve(NeuralTextField field, ModelDescription model) {
    Map<String, Object> options = new LinkedHashMap<>(field.options());
    options.put(MODEL, model.id());
    for (Representation representation : Representation.values()) {
      options.put(key(representation), wanted(field, representation, model));
    }
    Map<String, Object> passages = new HashMap<>();
    passages.put("max_tokens", DEFAULT_MAX_TOKENS);
    passages.put("overlap", DEFAULT_OVERLAP);
    passages.putAll(objectWithoutField(field, PASSAGES));
    options.put(PASSAGES, passages);
    object(field, TOKEN_REDUCTION);
    objectWithoutField(field, EXPANSION);
    NeuralTextField resolved = new NeuralTextField(field.name(), field.nested(), options);
    if (resolved.representations().isEmpty()) {
      throw field.refused(
          "must have one of [sparse], [dense] and [tokens] switched on; without vectors use [text]");
    }
    return resolved;
  }

  private static Object wanted(
      NeuralTextField field, Representation representation, ModelDescription model) {
    String key = key(representation);
    boolean given = model.representations().contains(representation);
    Object wanted = field.options().getOrDefault(key, given && isDefault(representation, model));
    if (wanted instanceof Boolean == false && wanted instanceof Map == false) {
      throw field.refused(
          "must have true, false or an object in [" + key + "], got [" + Excerpt.of(wanted) + "]");
    }
    if (given == false && wanted.equals(false) == false) {
      throw field.refused(
          "needs a model that gives ["
              + key
              + "], but ["
              + model.id()
              + "] gives "
              + model.representations().stream().map(NeuralTextField::key).sorted().toList());
    }
    return wanted;
  }

  /**
   * Whether a representation that a model gives is wanted when nothing is said of it. Beside token
   * vectors, sparse ones change no ranking on average and have their price in bytes and time.
   */
  private static boolean isDefault(Representation representation, ModelDescription model) {
    return representation != Representation.SPARSE
        || model.representations().contains(Representation.TOKENS) == false;
  }

  private static Map<String, Object> objectWithoutField(NeuralTextField field, String option) {
    Map<String, Object> object = object(field, option);
    if (object.containsKey("field")) {
      throw field.refused(
          "must have no [field] in ["
              + option
              + "]: what is made is in ["
              + field.companion()
              + "]");
    }
    return object;
  }

  private static Map<String, Object> object(NeuralTextField field, String option) {
    Object value = field.options().getOrDefault(option, Map.of());
    if (value instanceof Map == false) {
      throw field.refused(
          "must have an object in [" + option + "], got [" + Excerpt.of(value) + "]");
    }
    return field.object(option);
  }
}
