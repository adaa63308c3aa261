/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An object of a document that gets vectors: the document itself or, where all that is written lies
 * inside of an array of objects, each of them.
 *
 * @param document the whole document
 * @param object the object to write to
 * @param prefix the part of the paths that leads to the object, with the dot behind it
 */
record SourceObject(Map<String, Object> document, Map<String, Object> object, String prefix) {

  /** Finds the objects of a document that its vectors are written to. */
  static List<SourceObject> find(Map<String, Object> document, EncodeOptions options) {
    List<SourceObject> found = new ArrayList<>();
    new SourceObject(document, document, "").collect(document, "", options, found);
    return found;
  }

  /**
   * Goes on from a node towards what is written; where there is an array, its objects take over.
   *
   * @param path what led to the node
   */
  private void collect(
      Map<String, Object> node, String path, EncodeOptions options, List<SourceObject> found) {
    String rest = options.parent().substring(path.length());
    boolean goesOn = false;
    for (int dot = rest.indexOf('.'); dot >= 0; dot = rest.indexOf('.', dot + 1)) {
      Object child = node.get(rest.substring(0, dot));
      String next = path + rest.substring(0, dot + 1);
      if (child instanceof Map) {
        collect(DocumentPath.object(child), next, options, found);
        goesOn = true;
      } else if (child instanceof List<?> array) {
        collect(array, next, options, found);
        goesOn = true;
      }
    }
    boolean again = found.isEmpty() == false && found.getLast().object == object;
    if (goesOn == false && again == false) { // a path may be there twice, with and without dots
      found.add(this);
    }
  }

  private void collect(
      List<?> array, String path, EncodeOptions options, List<SourceObject> found) {
    if (options.fields().stream().noneMatch(field -> field.startsWith(path))) {
      throw new IllegalArgumentException(
          "target "
              + options.outputs()
              + " must lead through objects, but ["
              + path.substring(0, path.length() - 1)
              + "] is an array without a text of "
              + options.fields());
    }
    for (Object element : array) {
      if (element instanceof Map) {
        Map<String, Object> child = DocumentPath.object(element);
        new SourceObject(document, child, path).collect(child, path, options, found);
      } else if (element instanceof List<?> inner) {
        collect(inner, path, options, found);
      }
    }
  }

  /**
   * The texts of the object at some paths, those outside of it being read from the document; blank
   * ones are none.
   */
  List<String> texts(List<String> fields) {
    List<String> texts = new ArrayList<>();
    for (String field : fields) {
      if (field.startsWith(prefix)) {
        DocumentPath.forEach(object, inner(field), value -> addTexts(field, value, texts));
      } else {
        DocumentPath.forEach(document, field, value -> addTexts(field, value, texts));
      }
    }
    return texts;
  }

  private static void addTexts(String field, Object value, List<String> texts) {
    if (value instanceof String text) {
      if (text.isBlank() == false) {
        texts.add(text);
      }
    } else if (value instanceof List<?> list) {
      list.forEach(element -> addTexts(field, element, texts));
    } else if (value != null) {
      throw new IllegalArgumentException(
          "field ["
              + field
              + "] must be a string or an array of strings, got ["
              + value.getClass().getSimpleName()
              + "]");
    }
  }

  /**
   * Whether an object that this one is merged into loses what it has at one of the paths: it is
   * there, though it may hold nothing, or what stands on the way to it is no object.
   */
  boolean names(List<String> fields) {
    return fields.stream()
        .anyMatch(field -> field.startsWith(prefix) && DocumentPath.replaces(object, inner(field)));
  }

  private String inner(String path) {
    return path.substring(prefix.length());
  }

  /** The value at a path inside of the object, or null. */
  Object get(String path) {
    AtomicReference<Object> found = new AtomicReference<>();
    DocumentPath.forEach(object, inner(path), found::set);
    return found.get();
  }

  /** Writes a value at a path inside of the object. */
  void set(String path, Object value) {
    String inTheWay = DocumentPath.set(object, inner(path), value);
    if (inTheWay != null) {
      throw new IllegalArgumentException(
          "target [" + path + "] must lead through objects, but [" + inTheWay + "] is none");
    }
  }

  /** Removes the value at a path inside of the object. */
  void remove(String path) {
    DocumentPath.remove(object, inner(path));
  }

  /**
   * Says of a path inside of the object that it holds nothing, so that a document which this one is
   * merged into no longer holds anything there either.
   */
  void setNull(String path) {
    remove(path);
    if (DocumentPath.replaces(object, inner(path)) == false) { // else it goes with what it was in
      DocumentPath.set(object, inner(path), null);
    }
  }
}
