/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import io.trident.models.api.Excerpt;
import io.trident.models.api.ModelException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.XContentBuilder;

/** Takes the options out of a request's body, one by one; {@link #end} refuses what is left. */
final class RequestBody {

  private final String where;
  private final Map<String, Object> left = new LinkedHashMap<>();

  /**
   * Reads a body.
   *
   * @param where what the body is of, for messages
   */
  RequestBody(String where, Map<?, ?> body) {
    this.where = where;
    body.forEach((key, value) -> left.put(String.valueOf(key), value));
  }

  /** An option, or null. */
  <T> T take(String key, Class<T> type) {
    Object value = left.remove(key);
    if (value == null || type.isInstance(value)) {
      return type.cast(value);
    }
    throw refused(
        "must have a [" + key + "] that is " + name(type) + ", got [" + Excerpt.of(value) + "]");
  }

  private static String name(Class<?> type) {
    if (type == Map.class) {
      return "an object";
    }
    return type == List.class ? "an array" : type == Integer.class ? "a whole number" : "a string";
  }

  /** An option that must be there. */
  <T> T require(String key, Class<T> type) {
    T value = take(key, type);
    if (value == null) {
      throw refused("must have [" + key + "]");
    }
    return value;
  }

  /** Refuses options that nobody took. */
  void end() {
    if (left.isEmpty() == false) {
      throw refused("does not support " + Excerpt.of(left.keySet()));
    }
  }

  /** An option that is an object, as JSON. */
  static byte[] json(Map<?, ?> object) throws IOException {
    Map<String, Object> named = new LinkedHashMap<>();
    object.forEach((key, value) -> named.put(String.valueOf(key), value));
    try (XContentBuilder builder = JsonXContent.contentBuilder()) {
      return BytesReference.toBytes(BytesReference.bytes(builder.map(named)));
    }
  }

  ModelException refused(String what) {
    return new ModelException(
        ModelException.Kind.BAD_REQUEST, "[" + Excerpt.of(where) + "] " + what);
  }
}
