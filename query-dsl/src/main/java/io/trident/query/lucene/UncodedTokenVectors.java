/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.tokenvectors.CentroidLists;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsCoder;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsValues;
import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.util.BytesRef;

/**
 * The token vectors of documents that no segment of ours holds, such as those that a percolator
 * tries: coded when they are asked for, so that they score as if they were indexed. Not
 * thread-safe.
 */
final class UncodedTokenVectors extends TokenVectorsValues {

  private final BinaryDocValues values;
  private final int dimension;
  private final TokenVectorsEncoding encoding;
  private final TokenSimilarity similarity;
  private final TokenVectorsCoder coder;
  private BytesRef coded;
  private byte[] stored;
  private int document = -1;

  UncodedTokenVectors(
      BinaryDocValues values,
      String field,
      int dimension,
      TokenVectorsEncoding encoding,
      TokenSimilarity similarity) {
    this.values = values;
    this.dimension = dimension;
    this.encoding = encoding;
    this.similarity = similarity;
    this.coder = new TokenVectorsCoder(field, encoding, similarity);
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
    return null;
  }

  @Override
  protected byte[] stored() throws IOException {
    code();
    return stored;
  }

  @Override
  public BytesRef binaryValue() throws IOException {
    code();
    return coded;
  }

  private void code() throws IOException {
    if (document != values.docID()) {
      document = values.docID();
      coded = coder.code(values.binaryValue());
      stored =
          Arrays.copyOfRange(
              coded.bytes,
              coded.offset + TokenVectorsCoder.CODED_HEADER,
              coded.offset + coded.length);
    }
  }

  @Override
  public int docID() {
    return values.docID();
  }

  @Override
  public int nextDoc() throws IOException {
    return values.nextDoc();
  }

  @Override
  public int advance(int target) throws IOException {
    return values.advance(target);
  }

  @Override
  public boolean advanceExact(int target) throws IOException {
    return values.advanceExact(target);
  }

  @Override
  public long cost() {
    return values.cost();
  }
}
