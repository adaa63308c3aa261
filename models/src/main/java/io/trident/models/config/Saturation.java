/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.config;

import java.util.Locale;

/** What keeps a sparse vector's large logits from outweighing all others. */
public enum Saturation {
  /** log(1 + x). */
  LOG,
  /** That twice: log(1 + log(1 + x)). */
  LOG_LOG;

  /** The name in JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
