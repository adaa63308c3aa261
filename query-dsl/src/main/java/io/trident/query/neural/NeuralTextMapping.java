/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds the {@code neural_text} fields of a mapping that is given as JSON. */
public final class NeuralTextMapping {

  static final String PROPERTIES = "properties";
  static final String TYPE = "type";

  private NeuralTextMapping() {}

  /**
   * A field where it stands.
   *
   * @param siblings the properties that it is one of
   * @param key its name among those
   * @param around the mapping of the nearest nested object or the document, which has the companion
   */
  record Place(
      NeuralTextField field, Map<String, Object> siblings, String key, Map<String, Object> around) {

    private Map<String, Object> home() {
      return object(around.get(PROPERTIES));
    }

    /** Refuses a place that can have no companion. */
    void check() {
      if (String.valueOf(around.get("disable_objects")).equals("true")) {
        throw field.refused(
            "needs the object ["
                + field.companion()
                + "], but must be in no mapping where [disable_objects] is true");
      }
    }

    /** A companion as the mapping has it; what stands there of it stays. */
    Map<String, Object> completed(Map<String, Object> companion) {
      return home().get(field.companionKey()) instanceof Map<?, ?> given
          ? overridden(companion, object(given))
          : companion;
    }

    /** Adds what is known of the companion; what stands there of it stays. */
    void complete(Map<String, Object> companion) {
      home().put(field.companionKey(), completed(companion));
    }

    /** What the mapping says of the field; changes of it are changes of the mapping. */
    Map<String, Object> options() {
      return object(siblings.get(key));
    }

    /** Writes the field and its companion. */
    void put(NeuralTextField resolved, Map<String, Object> companion) {
      siblings.put(key, resolved.options());
      home().put(field.companionKey(), companion);
    }

    private static Map<String, Object> overridden(
        Map<String, Object> made, Map<String, Object> given) {
      Map<String, Object> merged = new LinkedHashMap<>(made);
      given.forEach(
          (name, value) ->
              merged.merge(
                  name,
                  value,
                  (old, wins) ->
                      old instanceof Map<?, ?> one && wins instanceof Map<?, ?> other
                          ? overridden(object(one), object(other))
                          : wins));
      return merged;
    }
  }

  /** The fields of a mapping, with or without the name of a type around it. */
  public static List<NeuralTextField> fields(Map<String, Object> mapping) {
    return places(mapping).stream().map(Place::field).toList();
  }

  /** The processors {@code encode} that a mapping asks for, as a pipeline would say them. */
  public static List<Map<String, Object>> encodeProcessors(Map<String, Object> mapping) {
    return fields(mapping).stream().map(NeuralTextField::encodeProcessor).toList();
  }

  static List<Place> places(Map<String, Object> mapping) {
    List<Place> found = new ArrayList<>();
    Map<String, Object> root = root(mapping);
    collect(root, "", null, root, found);
    return found;
  }

  /** The mapping itself, which may stand under the name of a type. */
  static Map<String, Object> root(Map<String, Object> mapping) {
    return mapping.containsKey(PROPERTIES) == false
            && mapping.size() == 1
            && mapping.values().iterator().next() instanceof Map<?, ?> inner
        ? object(inner)
        : mapping;
  }

  /**
   * Finds the fields below an object.
   *
   * @param nested the path of the nearest nested object, or null
   * @param around that object, or the document
   */
  private static void collect(
      Map<String, Object> object,
      String prefix,
      String nested,
      Map<String, Object> around,
      List<Place> found) {
    properties(object, PROPERTIES)
        .forEach(
            (key, child) -> {
              String name = prefix + key;
              Object type = child.get(TYPE);
              if (NeuralTextField.CONTENT_TYPE.equals(type)) {
                NeuralTextField field = new NeuralTextField(name, nested, child);
                Map<String, Object> siblings = object(object.get(PROPERTIES));
                found.add(new Place(field, siblings, key, around));
              } else if ("nested".equals(type)) {
                collect(child, name + ".", name, child, found);
              } else {
                collect(child, name + ".", nested, around, found);
              }
            });
  }

  /** The mappings under a key of an object, by their names; none when there is no such key. */
  static Map<String, Map<String, Object>> properties(Map<String, Object> object, String key) {
    Map<String, Map<String, Object>> properties = new LinkedHashMap<>();
    if (object.get(key) instanceof Map<?, ?> children) {
      children.forEach(
          (name, child) -> {
            if (child instanceof Map) {
              properties.put((String) name, object(child));
            }
          });
    }
    return properties;
  }

  @SuppressWarnings("unchecked") // keys of JSON objects are strings
  static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }
}
