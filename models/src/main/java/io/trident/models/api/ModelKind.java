/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

import java.util.Locale;

/** What a model is for, in the words of {@code trident.json}. */
public enum ModelKind {
  /** Gives vectors of texts. */
  ENCODER,
  /** Scores pairs of texts, or texts alone. */
  CROSS_ENCODER,
  /** Predicts the queries that a text answers. */
  QUERY_GENERATOR;

  /** The kind of a name as JSON has it; an encoder when it is none of the others'. */
  public static ModelKind of(String name) {
    for (ModelKind kind : values()) {
      if (kind.toString().equals(name)) {
        return kind;
      }
    }
    return ENCODER;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
