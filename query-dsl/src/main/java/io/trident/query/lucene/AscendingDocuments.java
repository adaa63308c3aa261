/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.io.IOException;
import org.apache.lucene.search.DocIdSetIterator;

/** Ascending documents from an array. Not thread-safe. */
final class AscendingDocuments extends DocIdSetIterator {
  private final int[] documents;
  private int at = -1;

  AscendingDocuments(int[] documents) {
    this.documents = documents;
  }

  /** The place of the current document in the array. */
  int place() {
    return at;
  }

  @Override
  public int docID() {
    return at < 0 ? -1 : at < documents.length ? documents[at] : NO_MORE_DOCS;
  }

  @Override
  public int nextDoc() {
    at++;
    return docID();
  }

  @Override
  public int advance(int target) throws IOException {
    return slowAdvance(target);
  }

  @Override
  public long cost() {
    return documents.length;
  }
}
