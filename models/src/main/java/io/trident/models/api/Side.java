/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

/** Which side of the search a text stands on: prompts, markers, lengths and heads may differ. */
public enum Side {
  /** The text that a person searches with. */
  QUERY,
  /** The text that is stored and found. */
  DOCUMENT
}
