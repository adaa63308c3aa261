/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import java.io.EOFException;
import java.io.IOException;
import org.apache.lucene.codecs.lucene90.IndexedDISI;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.IndexInput;

/**
 * The documents that have a value, read by Lucene's {@link IndexedDISI}, which trusts its bytes.
 * Here what leads out of the file, the segment or the values is corruption. Not thread-safe.
 */
final class StoredDocuments extends DocIdSetIterator {

  private final IndexInput index;
  private final int count;
  private final int maxDoc;
  private final IndexedDISI documents;

  /**
   * Reads from a part of the index file.
   *
   * @param jumps entries of the jump table
   * @param count how many documents have a value
   */
  StoredDocuments(IndexInput index, long start, long length, short jumps, int count, int maxDoc)
      throws IOException {
    this.index = index;
    this.count = count;
    this.maxDoc = maxDoc;
    try {
      documents =
          new IndexedDISI(index, start, length, jumps, IndexedDISI.DEFAULT_DENSE_RANK_POWER, count);
    } catch (EOFException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw corrupt(e);
    }
  }

  private CorruptIndexException corrupt(Exception cause) {
    return new CorruptIndexException("documents lead out of their file", index, cause);
  }

  /** The place of the current document's value, from 0. */
  int place() {
    return documents.index();
  }

  boolean advanceExact(int target) throws IOException {
    try {
      return documents.advanceExact(target) && checked(target, target) == target;
    } catch (EOFException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw corrupt(e);
    }
  }

  @Override
  public int docID() {
    return documents.docID();
  }

  @Override
  public int nextDoc() throws IOException {
    return advance(documents.docID() + 1);
  }

  @Override
  public int advance(int target) throws IOException {
    try {
      return checked(documents.advance(target), target);
    } catch (EOFException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw corrupt(e);
    }
  }

  private int checked(int document, int target) throws CorruptIndexException {
    if (document != NO_MORE_DOCS
        && (document < target
            || document >= maxDoc
            || documents.index() < 0
            || documents.index() >= count)) {
      throw new CorruptIndexException(
          "document ["
              + document
              + "] of ["
              + maxDoc
              + "], from ["
              + target
              + "], has the value ["
              + documents.index()
              + "] of ["
              + count
              + "]",
          index);
    }
    return document;
  }

  @Override
  public long cost() {
    return count;
  }
}
