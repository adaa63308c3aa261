/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.highlight;

import io.trident.models.api.Excerpt;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The {@code options} of the highlighter {@code max_sim}.
 *
 * @param tokens the full name of the {@code token_vectors} field of the text
 * @param fields the full names of the fields whose texts were encoded together, in their order
 * @param minShare which share of the hit's best similarity a token must have to be marked, 0 to 1
 */
record HighlightOptions(String tokens, List<String> fields, double minShare) {

  private static final String TOKENS = "tokens";
  private static final String FIELDS = "fields";
  private static final String MIN_SHARE = "min_share";

  /** The default of {@code min_share}. */
  static final double DEFAULT_MIN_SHARE = 0.5;

  /**
   * Reads the options.
   *
   * @param field the field that is highlighted
   * @param options what the request has, or null
   */
  static HighlightOptions read(String field, Map<String, Object> options) {
    Map<String, Object> given = options == null ? Map.of() : options;
    for (String key : given.keySet()) {
      if (Set.of(TOKENS, FIELDS, MIN_SHARE).contains(key) == false) {
        throw refused(
            field, "knows [tokens], [fields] and [min_share], got [" + Excerpt.of(key) + "]");
      }
    }
    if (given.get(TOKENS) instanceof String == false) {
      throw refused(
          field,
          "needs the name of a field in [tokens], got [" + Excerpt.of(given.get(TOKENS)) + "]");
    }
    return new HighlightOptions(
        (String) given.get(TOKENS), fields(field, given), minShare(field, given));
  }

  private static List<String> fields(String field, Map<String, Object> given) {
    if (given.containsKey(FIELDS) == false) {
      return List.of(field);
    }
    if (given.get(FIELDS) instanceof List<?> names
        && names.stream().allMatch(String.class::isInstance)
        && names.contains(field)) {
      return names.stream().map(String.class::cast).toList();
    }
    throw refused(
        field,
        "needs an array of names in [fields], its own among them, got ["
            + Excerpt.of(given.get(FIELDS))
            + "]");
  }

  private static double minShare(String field, Map<String, Object> given) {
    Object value = given.getOrDefault(MIN_SHARE, DEFAULT_MIN_SHARE);
    if (value instanceof Number || value instanceof String) {
      try {
        double share = Double.parseDouble(value.toString());
        if (share >= 0 && share <= 1) {
          return share;
        }
      } catch (NumberFormatException e) {
        throw refused(field, "needs a [min_share] of 0 to 1, got [" + Excerpt.of(value) + "]");
      }
    }
    throw refused(field, "needs a [min_share] of 0 to 1, got [" + Excerpt.of(value) + "]");
  }

  /** The exception for options that cannot be used. */
  static IllegalArgumentException refused(String field, String reason) {
    return new IllegalArgumentException(
        "[" + MaxSimHighlighter.NAME + "] highlighting of field [" + field + "] " + reason);
  }
}
