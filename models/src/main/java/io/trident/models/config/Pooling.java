/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import java.util.Locale;

/** Which of a graph's vectors of tokens make the dense vector of a text. */
public enum Pooling {
  /** The first token's. */
  CLS,
  /** The mean of all tokens' vectors. */
  MEAN,
  /** The last token's. */
  LAST,
  /** None: the graph has pooled them. */
  NONE;

  /** The name in JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
