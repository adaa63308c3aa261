/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

/**
 * A document or a query in every form that a data set has; null where it has not.
 *
 * @param text the text
 * @param sparse the learned sparse vector
 * @param dense the dense vector
 * @param tokens the token vectors
 * @param group the number of the hundred documents that this one is among, or that are rescored for
 *     this query
 */
public record Item(String text, SparseVector sparse, float[] dense, Tokens tokens, int group) {

  /** How many documents a group has. */
  public static final int GROUP = 100;

  /** The same with another text. */
  public Item withText(String other) {
    return new Item(other, sparse, dense, tokens, group);
  }

  /** The same with a sparse vector. */
  public Item withSparse(SparseVector vector) {
    return new Item(text, vector, dense, tokens, group);
  }

  /** The same with a dense vector. */
  public Item withDense(float[] vector) {
    return new Item(text, sparse, vector, tokens, group);
  }

  /** The same with token vectors. */
  public Item withTokens(Tokens vectors) {
    return new Item(text, sparse, dense, vectors, group);
  }
}
