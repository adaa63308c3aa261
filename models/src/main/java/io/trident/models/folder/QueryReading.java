/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.folder;

import java.util.Locale;

/** How a query's sparse vector is made without inference. */
public enum QueryReading {
  /** Each distinct token of the query, with its weight from a table. */
  IDF,
  /** Each with weight 1. */
  BINARY;

  /** The name in JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
