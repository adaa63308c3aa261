/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

/** How two token vectors are compared. Immutable; the ordinal is written to the index. */
public enum TokenSimilarity {
  /** The cosine: vectors have their length taken away when indexed; a zero vector is refused. */
  COSINE,
  /** The dot product of the vectors as they come. */
  DOT_PRODUCT
}
