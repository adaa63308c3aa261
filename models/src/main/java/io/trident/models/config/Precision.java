/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import java.util.Locale;

/** How finely the values of a dense vector are told apart. */
public enum Precision {
  /** As they are. */
  FLOAT32,
  /** Whole numbers, the largest 127. */
  INT8,
  /** 1 and -1. */
  BINARY;

  /** The name in JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
