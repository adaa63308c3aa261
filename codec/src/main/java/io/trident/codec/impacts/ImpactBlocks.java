/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts;

import java.io.IOException;

/**
 * The postings of one term, block by block. Bounds and postings are read when they are asked for:
 * whoever scores a few blocks never reads the bounds. Not thread-safe.
 */
public abstract class ImpactBlocks {

  private final int docFreq;
  private final int maxImpact;
  private byte[] maxima;

  /**
   * Makes the postings.
   *
   * @param docFreq how many documents hold the term
   * @param maxImpact the largest impact
   */
  protected ImpactBlocks(int docFreq, int maxImpact) {
    this.docFreq = docFreq;
    this.maxImpact = maxImpact;
  }

  /** How many documents hold the term. */
  public final int docFreq() {
    return docFreq;
  }

  /** The largest impact of the term. */
  public final int maxImpact() {
    return maxImpact;
  }

  /**
   * The largest impact of every block of the segment, unsigned: a bound for each of its documents;
   * 0 for a block without a posting. Not to be changed.
   */
  public final byte[] maxima() throws IOException {
    if (maxima == null) {
      maxima = readMaxima();
    }
    return maxima;
  }

  /** Reads what {@link #maxima} returns. */
  protected abstract byte[] readMaxima() throws IOException;

  /**
   * Adds {@code weight} times the impact of every document of a block to that document's score.
   *
   * @param scores one score per document of the block: {@link ImpactTerms#BLOCK_SIZE}
   * @return the largest of the scores that changed, 0 when none did
   */
  public abstract int addScores(int block, int weight, int[] scores) throws IOException;
}
