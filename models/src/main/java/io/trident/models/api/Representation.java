/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

/** What an encoder makes of a text. One model may give several in one run. */
public enum Representation {
  /** One learned sparse vector: token to weight. */
  SPARSE,
  /** One dense vector. */
  DENSE,
  /** One vector a token, for late interaction. */
  TOKENS
}
