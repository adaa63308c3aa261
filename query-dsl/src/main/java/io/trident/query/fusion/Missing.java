/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.Locale;

/** What a leg gives a document that is in windows of other legs and not in its own. */
public enum Missing {

  /** Nothing. */
  ZERO,

  /**
   * The score that the leg's query has for it, which it is asked for; 0 where it does not match.
   */
  SCORE;

  /** The name in JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
