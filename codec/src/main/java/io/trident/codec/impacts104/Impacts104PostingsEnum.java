/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import static io.trident.codec.impacts.ImpactTerms.BLOCK_SIZE;

import java.io.IOException;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.util.BytesRef;

/** Lucene's view of a term's postings: documents in order, the impact as frequency. */
final class Impacts104PostingsEnum extends PostingsEnum {

  private static final int AFTER_LAST = Integer.MAX_VALUE;

  private final int[] docs = new int[BLOCK_SIZE];
  private final int[] impacts = new int[BLOCK_SIZE];
  private Impacts104Blocks postings;
  private int block;
  private int size;
  private int place;
  private int doc;

  /** Starts over with another term. */
  Impacts104PostingsEnum reset(Impacts104Blocks term) {
    postings = term;
    block = -1;
    size = 0;
    place = -1;
    doc = -1;
    return this;
  }

  @Override
  public int docID() {
    return doc;
  }

  @Override
  public int freq() {
    return impacts[place];
  }

  @Override
  public int nextDoc() throws IOException {
    place++;
    return current();
  }

  @Override
  public int advance(int target) throws IOException {
    if (target / BLOCK_SIZE == block) {
      place++;
    } else {
      load(target / BLOCK_SIZE);
    }
    while (place < size && docs[place] < target) {
      place++;
    }
    return current();
  }

  /** The document at {@link #place}, or the first of the next block when this one is at its end. */
  private int current() throws IOException {
    if (place >= size && block != AFTER_LAST) {
      load(block + 1);
    }
    return doc = place < size ? docs[place] : NO_MORE_DOCS;
  }

  /** Decodes the first block from {@code from} on that has postings. */
  private void load(int from) throws IOException {
    int next = postings.nextBlock(from);
    place = 0;
    size = next < 0 ? 0 : postings.decode(next, docs, impacts);
    block = next < 0 ? AFTER_LAST : next;
  }

  @Override
  public long cost() {
    return postings.docFreq();
  }

  @Override
  public int nextPosition() {
    return -1;
  }

  @Override
  public int startOffset() {
    return -1;
  }

  @Override
  public int endOffset() {
    return -1;
  }

  @Override
  public BytesRef getPayload() {
    return null;
  }
}
