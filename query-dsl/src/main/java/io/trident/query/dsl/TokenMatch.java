/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.models.api.Excerpt;
import java.util.Arrays;
import java.util.Locale;

/** The tokens of a document that each vector of a {@code max_sim} query is compared with. */
public enum TokenMatch {
  /** All. */
  ANY,
  /** Those with the id of the vector's own (COIL). */
  SAME_TOKEN;

  /** The key in JSON. */
  static final String NAME = "match";

  static TokenMatch of(String name) {
    for (TokenMatch match : values()) {
      if (match.toString().equals(name)) {
        return match;
      }
    }
    throw new IllegalArgumentException(
        "["
            + MaxSimQueryBuilder.NAME
            + "] must have one of "
            + Arrays.toString(values())
            + " in ["
            + NAME
            + "], got ["
            + Excerpt.of(name)
            + "]");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
