/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.CentroidLists;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsCoder;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsValues;
import java.io.IOException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.ArrayUtil;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.LongValues;

/** Token vectors read from a slice of the data file, one document's bytes on heap at a time. */
final class OffHeapTokenVectorsValues extends TokenVectorsValues {

  /**
   * What the system reads at once of a file that is read at random. More of a document, such as the
   * patches of a page image, is asked for together.
   */
  private static final int PAGE = 4096;

  private final int dimension;
  private final TokenVectorsEncoding encoding;
  private final TokenSimilarity similarity;
  private final StoredDocuments documents;
  private final LongValues offsets;
  private final IndexInput codes;
  private final CentroidLists centroidLists;
  private byte[] stored = new byte[0];
  private int length;
  private int loaded = -1;

  OffHeapTokenVectorsValues(
      int dimension,
      TokenVectorsEncoding encoding,
      TokenSimilarity similarity,
      StoredDocuments documents,
      LongValues offsets,
      IndexInput codes,
      CentroidLists centroidLists) {
    this.dimension = dimension;
    this.encoding = encoding;
    this.similarity = similarity;
    this.documents = documents;
    this.offsets = offsets;
    this.codes = codes;
    this.centroidLists = centroidLists;
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public TokenVectorsEncoding encoding() {
    return encoding;
  }

  @Override
  public TokenSimilarity similarity() {
    return similarity;
  }

  @Override
  public CentroidLists centroidLists() {
    return centroidLists;
  }

  @Override
  protected byte[] stored() throws IOException {
    if (loaded != documents.docID()) {
      long start = offsets.get(documents.place());
      length = checkedLength(start, offsets.get(documents.place() + 1L));
      stored = ArrayUtil.growNoCopy(stored, length);
      if (length > PAGE) {
        codes.prefetch(start, length);
      }
      codes.seek(start);
      codes.readBytes(stored, 0, length);
      checkTokens();
      loaded = documents.docID();
    }
    return stored;
  }

  private int checkedLength(long start, long end) throws IOException {
    long most = Math.min(codes.length() - start, Integer.MAX_VALUE);
    if (start < 0 || end - start < TokenVectorsCoder.STORED_HEADER || end - start > most) {
      throw new CorruptIndexException(
          "document ["
              + documents.docID()
              + "] must be inside ["
              + codes.length()
              + "] bytes, got ["
              + start
              + "] to ["
              + end
              + "]",
          codes);
    }
    return (int) (end - start);
  }

  private void checkTokens() throws IOException {
    long expected = TokenVectorsCoder.storedLength(stored, encoding.bytes(dimension, similarity));
    if (expected != length) {
      throw new CorruptIndexException(
          "document ["
              + documents.docID()
              + "] must have ["
              + expected
              + "] bytes for its number of tokens, got ["
              + length
              + "]",
          codes);
    }
  }

  @Override
  public BytesRef binaryValue() throws IOException {
    byte[] bytes = stored();
    byte[] out = new byte[TokenVectorsCoder.CODED_HEADER + length];
    TokenVectorsCoder.putHeader(out, encoding, similarity, dimension);
    System.arraycopy(bytes, 0, out, TokenVectorsCoder.CODED_HEADER, length);
    return new BytesRef(out);
  }

  @Override
  public boolean advanceExact(int target) throws IOException {
    return documents.advanceExact(target);
  }

  @Override
  public int docID() {
    return documents.docID();
  }

  @Override
  public int nextDoc() throws IOException {
    return documents.nextDoc();
  }

  @Override
  public int advance(int target) throws IOException {
    return documents.advance(target);
  }

  @Override
  public long cost() {
    return documents.cost();
  }
}
