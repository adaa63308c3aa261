/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import io.trident.codec.impacts.ImpactQuantizer;
import java.io.IOException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;

/** What a term's entry in the index file starts with. */
record TermEntry(int docFreq, long totalTermFreq, long start, int maxImpact) {

  /**
   * Reads the start of an entry.
   *
   * @param postings the length of the field's postings
   * @param maxDoc how many documents the segment has
   */
  static TermEntry read(IndexInput in, long postings, int maxDoc) throws IOException {
    int docFreq = in.readVInt();
    long totalTermFreq = in.readVLong() + docFreq;
    long start = in.readVLong();
    int maxImpact = in.readVInt();
    if (docFreq < 1 || docFreq > maxDoc || maxImpact < 1 || start < 0 || start >= postings) {
      throw new CorruptIndexException(
          "a term has ["
              + docFreq
              + "] of ["
              + maxDoc
              + "] documents, a largest impact of ["
              + maxImpact
              + "], and postings at ["
              + start
              + "] of ["
              + postings
              + "]",
          in);
    }
    return new TermEntry(docFreq, totalTermFreq, start, maxImpact);
  }

  void write(IndexOutput out) throws IOException {
    out.writeVInt(docFreq);
    out.writeVLong(totalTermFreq - docFreq);
    out.writeVLong(start);
    out.writeVInt(maxImpact);
  }

  /** Whether an impact takes more than a byte. */
  boolean isWide() {
    return maxImpact > ImpactQuantizer.MAX_IMPACT;
  }

  /** Whether the postings are a list, in a segment of so many blocks. */
  boolean isList(int blockCount) {
    return docFreq <= blockCount || isWide();
  }
}
