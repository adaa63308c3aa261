/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import java.io.IOException;
import org.apache.lucene.index.BinaryDocValues;

/**
 * The token vectors of a segment's documents, one document at a time. {@link #binaryValue()} is the
 * document in the coded layout of {@link TokenVectorsCoder}. Not thread-safe: take one per thread.
 */
public abstract class TokenVectorsValues extends BinaryDocValues {

  /** For subclasses. */
  protected TokenVectorsValues() {}

  /** The dimensions of each vector. */
  public abstract int dimension();

  /** How the vectors are coded. */
  public abstract TokenVectorsEncoding encoding();

  /** How the vectors are compared. */
  public abstract TokenSimilarity similarity();

  /** The centroids and their documents, or null when the segment is too small to have any. */
  public abstract CentroidLists centroidLists();

  /** The bytes stored for the current document, from index 0; valid until the next document. */
  protected abstract byte[] stored() throws IOException;

  /** The number of tokens of the current document. */
  public final int tokenCount() throws IOException {
    return TokenVectorsCoder.tokenCount(stored());
  }

  /** The id of a token of the current document. */
  public final int tokenId(int token) throws IOException {
    return TokenVectorsCoder.unpackId(stored(), token);
  }

  /**
   * A scorer of the documents that these values stand on.
   *
   * @throws IllegalArgumentException when the query has another dimension
   */
  public final MaxSimScorer scorer(QueryTokenVectors query) {
    return new MaxSimScorer(this, query);
  }
}
