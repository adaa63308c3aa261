/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.tokenvectors.TokenVectorsValues;
import java.io.IOException;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.FilterDocIdSetIterator;

/** Of given documents those that have tokens; their values stand on the same. Not thread-safe. */
final class DocumentsWithTokens extends FilterDocIdSetIterator {

  private final TokenVectorsValues values;

  /** Passes over documents without tokens; {@code documents} may be the values themselves. */
  DocumentsWithTokens(DocIdSetIterator documents, TokenVectorsValues values) {
    super(documents);
    this.values = values;
  }

  @Override
  public int nextDoc() throws IOException {
    return skipEmpty(in.nextDoc());
  }

  @Override
  public int advance(int target) throws IOException {
    return skipEmpty(in.advance(target));
  }

  private int skipEmpty(int doc) throws IOException {
    int next = doc;
    while (next != NO_MORE_DOCS && hasTokens(next) == false) {
      next = in.nextDoc();
    }
    return next;
  }

  private boolean hasTokens(int doc) throws IOException {
    return (in == values || values.advanceExact(doc)) && values.tokenCount() > 0;
  }
}
