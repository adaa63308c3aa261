package io.trident.ingest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A text of a document and the object that its vectors are written to.
 *
 * <p>A path like {@code sections.text} goes through objects; where it meets an array of objects,
 * each of them has a text and gets vectors of its own.
 *
 * @param container the object to write to
 * @param prefix the part of the paths that leads to the container, with the dot behind it
 * @param texts the text, or the elements of an array of texts
 */
record SourceText(Map<String, Object> container, String prefix, List<String> texts) {

  /** Finds the texts at some paths; several paths give one text, joined by line breaks. */
  static List<SourceText> find(Map<String, Object> document, List<String> paths) {
    List<SourceText> found = new ArrayList<>();
    String shared = paths.get(0);
    collect(document, "", shared, paths, found);
    return found;
  }

  private static void collect(
      Map<String, Object> container,
      String prefix,
      String path,
      List<String> paths,
      List<SourceText> found) {
    Map<String, Object> node = container;
    int start = prefix.length();
    for (int dot = path.indexOf('.', start); dot >= 0; dot = path.indexOf('.', dot + 1)) {
      Object child = node.get(path.substring(start, dot));
      if (child instanceof List<?> list && list.stream().allMatch(Map.class::isInstance)) {
        for (Object element : list) {
          collect(object(element), path.substring(0, dot + 1), path, paths, found);
        }
        return;
      }
      if (child instanceof Map == false) {
        break;
      }
      node = object(child);
      start = dot + 1;
    }
    List<String> texts = texts(container, prefix, paths);
    if (texts.isEmpty() == false) {
      found.add(new SourceText(container, prefix, texts));
    }
  }

  private static List<String> texts(
      Map<String, Object> container, String prefix, List<String> paths) {
    List<String> texts = new ArrayList<>();
    for (String path : paths) {
      Object value = get(container, path.substring(prefix.length()));
      if (value instanceof String text) {
        texts.add(text);
      } else if (value instanceof List<?> list) {
        for (Object element : list) {
          if (element instanceof String == false) {
            throw notText(path, element);
          }
          texts.add((String) element);
        }
      } else if (value != null) {
        throw notText(path, value);
      }
    }
    texts.removeIf(String::isBlank);
    return texts;
  }

  private static IllegalArgumentException notText(String path, Object value) {
    String type = value == null ? "null" : value.getClass().getSimpleName();
    return new IllegalArgumentException(
        "field [" + path + "] must be a string or an array of strings, got [" + type + "]");
  }

  private static Object get(Map<String, Object> container, String path) {
    Object value = container;
    for (String key : path.split("\\.", -1)) {
      if (value instanceof Map == false) {
        return null;
      }
      value = object(value).get(key);
    }
    return value;
  }

  /** The value at a path, or null. */
  Object get(String path) {
    return path.startsWith(prefix) ? get(container, path.substring(prefix.length())) : null;
  }

  /** Removes the value at a path, if there is one. */
  void remove(String path) {
    int dot = path.lastIndexOf('.');
    Object parent = dot < prefix.length() ? container : get(path.substring(0, dot));
    if (path.startsWith(prefix) && parent instanceof Map) {
      object(parent).remove(path.substring(dot + 1));
    }
  }

  /** Writes a value at a path, which must lead through the container. */
  void set(String path, Object value) {
    if (path.startsWith(prefix) == false) {
      throw new IllegalArgumentException(
          "target [" + path + "] must start with [" + prefix + "], where the array of texts is");
    }
    Map<String, Object> node = container;
    String[] keys = path.substring(prefix.length()).split("\\.", -1);
    for (int i = 0; i < keys.length - 1; i++) {
      Object child = node.computeIfAbsent(keys[i], key -> new LinkedHashMap<String, Object>());
      if (child instanceof Map == false) {
        throw new IllegalArgumentException(
            "target [" + path + "] must lead through objects, but [" + keys[i] + "] is none");
      }
      node = object(child);
    }
    node.put(keys[keys.length - 1], value);
  }

  @SuppressWarnings("unchecked") // keys of JSON objects are strings
  private static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }
}
