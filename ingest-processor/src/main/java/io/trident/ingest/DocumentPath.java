/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Finds and changes what stands at a path like {@code meta.title} in JSON objects, as a mapping
 * reads them: a key may hold dots itself, and a path goes through arrays to all of their objects.
 */
final class DocumentPath {

  private DocumentPath() {}

  /** Hands over every value at a path, nulls included. */
  static void forEach(Object node, String path, Consumer<Object> receiver) {
    if (node instanceof List<?> list) {
      list.forEach(element -> forEach(element, path, receiver));
    } else if (node instanceof Map<?, ?> object) {
      if (object.containsKey(path)) {
        receiver.accept(object.get(path));
      }
      for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
        forEach(object.get(path.substring(0, dot)), path.substring(dot + 1), receiver);
      }
    }
  }

  /**
   * Changes every value at a path but nulls.
   *
   * @return whether there was one
   */
  static boolean replace(Object node, String path, UnaryOperator<Object> change) {
    boolean found = false;
    if (node instanceof List<?> list) {
      for (Object element : list) {
        found |= replace(element, path, change);
      }
    } else if (node instanceof Map<?, ?> map) {
      Map<String, Object> object = object(map);
      found = object.computeIfPresent(path, (key, value) -> change.apply(value)) != null;
      for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
        found |= replace(object.get(path.substring(0, dot)), path.substring(dot + 1), change);
      }
    }
    return found;
  }

  /** Whether a path is there in an object, or leads through a value that is none. */
  static boolean replaces(Map<String, Object> object, String path) {
    if (object.containsKey(path)) {
      return true;
    }
    for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
      Object child = object.get(path.substring(0, dot));
      if (object.containsKey(path.substring(0, dot))
          && (child instanceof Map == false || replaces(object(child), path.substring(dot + 1)))) {
        return true;
      }
    }
    return false;
  }

  /** Removes every value at a path that leads through objects alone. */
  static void remove(Map<String, Object> object, String path) {
    object.remove(path);
    for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
      if (object.get(path.substring(0, dot)) instanceof Map<?, ?> child) {
        remove(object(child), path.substring(dot + 1));
      }
    }
  }

  /**
   * Writes the one value at a path, making the objects that lead there.
   *
   * @return the part of the path that is in the way because it holds no object; null when written
   */
  static String set(Map<String, Object> object, String path, Object value) {
    remove(object, path);
    Map<String, Object> node = object;
    String[] keys = path.split("\\.", -1);
    for (int i = 0; i < keys.length - 1; i++) {
      Object child = node.computeIfAbsent(keys[i], key -> new LinkedHashMap<String, Object>());
      if (child instanceof Map == false) {
        return keys[i];
      }
      node = object(child);
    }
    node.put(keys[keys.length - 1], value);
    return null;
  }

  @SuppressWarnings("unchecked") // keys of JSON objects are strings
  static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }
}
