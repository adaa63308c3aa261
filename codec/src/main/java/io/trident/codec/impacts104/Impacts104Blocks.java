/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import io.trident.codec.impacts.ImpactBlocks;
import io.trident.codec.impacts.ImpactTerms;
import java.io.IOException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.RandomAccessInput;

/** The postings of one term in the format for Lucene 10.4. */
abstract class Impacts104Blocks extends ImpactBlocks {

  /** How many documents the segment has. */
  private final int maxDoc;

  /** How many blocks the segment has. */
  final int blockCount;

  Impacts104Blocks(TermEntry entry, int maxDoc) {
    super(entry.docFreq(), entry.maxImpact());
    this.maxDoc = maxDoc;
    this.blockCount = ImpactTerms.blockCount(maxDoc);
  }

  /** How many documents the last block has. */
  final int documentsInLast() {
    return maxDoc - (blockCount - 1) * ImpactTerms.BLOCK_SIZE;
  }

  /** What is told of a posting that is beyond the last document. */
  final CorruptIndexException beyondLast(RandomAccessInput data) {
    return new CorruptIndexException(
        "the last block of a term has a posting beyond the [" + maxDoc + "] documents",
        data.toString());
  }

  /**
   * The first block from {@code block} on that has a posting.
   *
   * @return the block, or -1 when there is none
   */
  final int nextBlock(int block) throws IOException {
    byte[] maxima = maxima();
    for (int b = block; b < maxima.length; b++) {
      if (maxima[b] != 0) {
        return b;
      }
    }
    return -1;
  }

  /** Refuses what leads out of a file. */
  static void checkInside(String what, long start, long length, RandomAccessInput in)
      throws CorruptIndexException {
    if (start < 0 || length < 0 || start > in.length() - length) {
      throw new CorruptIndexException(
          what + " cannot have [" + length + "] bytes at [" + start + "] of [" + in.length() + "]",
          in.toString());
    }
  }

  /**
   * A block's postings as documents and impacts.
   *
   * @return how many there are
   */
  abstract int decode(int block, int[] docs, int[] impacts) throws IOException;
}
