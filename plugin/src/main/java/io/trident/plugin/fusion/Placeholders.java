/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import io.trident.models.api.Excerpt;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Fills the placeholders of a template: every {@code {{name}}} in a string of it stands for the
 * parameter of that name. A string that is nothing else becomes the parameter as it is, such as a
 * number or an array. Keys are left alone.
 *
 * @param owner what the parameters are of, for messages
 */
record Placeholders(String owner, Map<String, Object> parameters) {

  private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{\\s*([\\w.-]+)\\s*}}");

  /** Whether a template has any. */
  static boolean areIn(Object template) {
    return switch (template) {
      case Map<?, ?> map -> map.values().stream().anyMatch(Placeholders::areIn);
      case List<?> list -> list.stream().anyMatch(Placeholders::areIn);
      case String text -> PLACEHOLDER.matcher(text).find();
      case null, default -> false;
    };
  }

  /** A template that is an object, with its placeholders filled. */
  Map<String, Object> filled(Map<?, ?> template) {
    Map<String, Object> filled = new LinkedHashMap<>();
    template.forEach((key, value) -> filled.put(String.valueOf(key), filled(value)));
    return filled;
  }

  private Object filled(Object template) {
    return switch (template) {
      case Map<?, ?> map -> filled(map);
      case List<?> list -> list.stream().map(this::filled).toList();
      case String text -> filled(text);
      case null, default -> template;
    };
  }

  private Object filled(String text) {
    Matcher matcher = PLACEHOLDER.matcher(text);
    return matcher.matches()
        ? parameter(matcher.group(1))
        : matcher.replaceAll(
            (MatchResult found) ->
                Matcher.quoteReplacement(String.valueOf(parameter(found.group(1)))));
  }

  private Object parameter(String name) {
    Object value = parameters.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "["
              + Excerpt.of(owner)
              + "] must have a parameter for the placeholder ["
              + Excerpt.of(name)
              + "], got "
              + Excerpt.of(parameters.keySet()));
    }
    return value;
  }
}
