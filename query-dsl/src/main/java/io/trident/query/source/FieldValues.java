/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.source;

import io.trident.query.mapper.VectorFieldType;
import java.util.function.Function;

/**
 * Finds the values of our fields in a source.
 *
 * @param types the type of a field of ours, by its path; null for other paths
 */
record FieldValues(Function<String, VectorFieldType> types) {

  /** Is told of each value that is more than brackets and nulls, in the order of the source. */
  interface Visitor {

    /** Told of a value. */
    void value(VectorFieldType type, Part value);
  }

  /** Finds the values in an object. */
  void visit(JsonCursor json, Visitor visitor) {
    object("", json, visitor);
  }

  private void object(String prefix, JsonCursor json, Visitor visitor) {
    json.expect('{');
    if (json.accept('}')) {
      return;
    }
    do {
      value(prefix + json.name(), json, visitor);
    } while (json.accept(','));
    json.expect('}');
  }

  private void value(String path, JsonCursor json, Visitor visitor) {
    VectorFieldType type = types.apply(path);
    if (type != null) {
      int start = json.position();
      if (json.skipValue()) {
        visitor.value(type, new Part(start, json.consumed()));
      }
    } else if (json.peek() == '{') {
      object(path + '.', json, visitor);
    } else if (json.accept('[')) {
      array(path, json, visitor);
    } else {
      json.skipValue();
    }
  }

  private void array(String path, JsonCursor json, Visitor visitor) {
    if (json.accept(']')) {
      return;
    }
    do {
      value(path, json, visitor);
    } while (json.accept(','));
    json.expect(']');
  }
}
