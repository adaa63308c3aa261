/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.io.IOException;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.util.BitSet;

/** Walks over the passages that a scorer matches, one document's block after the other. */
abstract class PassagesScorer extends Scorer {

  final Scorer passages;
  final DocIdSetIterator passage;
  final BitSet documents;

  /** Where the scorer stands. */
  int at = -1;

  /**
   * Makes one that stands before all documents.
   *
   * @param passages matches passages and nothing else
   * @param documents those that passages belong to, each behind its own
   */
  PassagesScorer(Scorer passages, BitSet documents) {
    this.passages = passages;
    this.passage = passages.iterator();
    this.documents = documents;
  }

  /**
   * Moves to the first match from a target on, which lies within the segment. No passage before the
   * target's document is left to read.
   */
  abstract void moveTo(int target) throws IOException;

  @Override
  public int docID() {
    return at;
  }

  @Override
  public DocIdSetIterator iterator() {
    return new DocIdSetIterator() {
      @Override
      public int docID() {
        return at;
      }

      @Override
      public int nextDoc() throws IOException {
        return advance(at + 1);
      }

      @Override
      public int advance(int target) throws IOException {
        if (target >= documents.length()) {
          at = NO_MORE_DOCS;
          return at;
        }
        int first = firstPassage(documents, target);
        if (passage.docID() < first) {
          passage.advance(first);
        }
        moveTo(target);
        return at;
      }

      @Override
      public long cost() {
        return passage.cost();
      }
    };
  }

  @Override
  public float getMaxScore(int upTo) {
    return Float.POSITIVE_INFINITY;
  }

  /** The first passage of the document that a passage belongs to, or of the document itself. */
  static int firstPassage(BitSet documents, int document) {
    return document == 0 ? 0 : documents.prevSetBit(document - 1) + 1;
  }
}
