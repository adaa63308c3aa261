/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import java.util.Locale;

/** How a cross-encoder's score is read from its logits. */
public enum ScoreReading {
  /** The only column. */
  LOGIT,
  /** The second of two columns less the first. */
  TWO_CLASSES,
  /**
   * A row of the vocabulary, that of the last token if there is one per token: the logit of {@code
   * yes} less that of {@code no}.
   */
  YES_NO;

  /** The name in JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
