/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.source;

import java.nio.charset.StandardCharsets;

/**
 * A value in a source.
 *
 * @param start where it begins
 * @param end behind it
 */
record Part(int start, int end) {

  /** The value as JSON. */
  String text(byte[] source) {
    return new String(source, start, end - start, StandardCharsets.UTF_8);
  }

  /**
   * The part of a field's value that is the vector; what an array has in it, where objects stand in
   * one, so that it stays an array, which an update replaces as a whole.
   *
   * @param key the key of an object that has the vector, or null when the object is the vector
   * @return the part, or null when the object has no such key
   */
  Part vector(byte[] source, String key) {
    JsonCursor json = new JsonCursor(source, start, end);
    boolean array = json.accept('[');
    int inner = json.position();
    byte first = json.peek();
    if (first == '{' && key != null) {
      if (json.toValueOf(key) == false) {
        return null;
      }
      int value = json.position();
      json.skipValue();
      return new Part(value, json.consumed());
    }
    boolean inArray = array && (first == '{' || first == '"');
    return inArray ? new Part(inner, end - 1) : this;
  }
}
