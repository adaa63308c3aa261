/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import java.util.Locale;

/** What is done to a cross-encoder's score. */
public enum ScoreActivation {
  /** Nothing. */
  NONE,
  /** 1 / (1 + exp(-x)): a number from 0 to 1. */
  SIGMOID;

  /** The name in JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
