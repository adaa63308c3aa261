/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What documents hold after writes, by the plain rules of OpenSearch and without a single vector:
 * the naive twin of an index.
 */
final class DocumentModel {

  private final Map<String, Map<String, Object>> documents = new TreeMap<>();

  /** The documents by id. */
  Map<String, Map<String, Object>> documents() {
    return documents;
  }

  boolean has(String id) {
    return documents.containsKey(id);
  }

  void index(String id, Map<String, Object> document) {
    documents.put(id, copy(document));
  }

  void delete(String id) {
    documents.remove(id);
  }

  /** Objects are merged; anything else is replaced. */
  void update(String id, Map<String, Object> part) {
    if (has(id)) {
      merge(documents.get(id), part);
    }
  }

  /** Makes the document of the part where there is none. */
  void upsert(String id, Map<String, Object> part) {
    if (has(id)) {
      update(id, part);
    } else {
      index(id, part);
    }
  }

  /** Sets a field; null takes it away. */
  void script(String id, String field, Object value) {
    if (has(id) && value == null) {
      documents.get(id).remove(field);
    } else if (has(id)) {
      documents.get(id).put(field, value);
    }
  }

  /** The document as it would be with a part merged in, or the part alone. */
  Map<String, Object> merged(String id, Map<String, Object> part) {
    Map<String, Object> merged = copy(documents.getOrDefault(id, Map.of()));
    merge(merged, part);
    return merged;
  }

  private static void merge(Map<String, Object> into, Map<String, Object> part) {
    part.forEach(
        (key, value) -> {
          if (value instanceof Map && into.get(key) instanceof Map) {
            merge(object(into.get(key)), object(value));
          } else {
            into.put(key, value instanceof Map ? copy(object(value)) : value);
          }
        });
  }

  private static Map<String, Object> copy(Map<String, Object> document) {
    Map<String, Object> copy = new LinkedHashMap<>();
    merge(copy, document);
    return copy;
  }

  @SuppressWarnings("unchecked") // keys of JSON objects are strings
  private static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }

  /**
   * The text of a field's value: its strings but for blank ones, a line each.
   *
   * @return null when a value is no text
   */
  static String text(Object value) {
    List<String> lines = new ArrayList<>();
    return addLines(value, lines) ? String.join("\n", lines) : null;
  }

  private static boolean addLines(Object value, List<String> lines) {
    if (value instanceof List<?> list) {
      return list.stream().allMatch(element -> addLines(element, lines));
    }
    if (value instanceof String text && text.isBlank() == false) {
      lines.add(text);
    }
    return value == null || value instanceof String;
  }
}
