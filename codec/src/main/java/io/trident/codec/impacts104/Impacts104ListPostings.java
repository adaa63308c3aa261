/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import static io.trident.codec.impacts.ImpactQuantizer.MAX_IMPACT;
import static io.trident.codec.impacts.ImpactTerms.BLOCK_SIZE;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.CHUNK_SHIFT;

import java.io.EOFException;
import java.io.IOException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.RandomAccessInput;
import org.apache.lucene.util.BitUtil;

/** The postings of a rare term in the format for Lucene 10.4: a list. */
final class Impacts104ListPostings extends Impacts104Blocks {

  private static final int BLOCKS_PER_CHUNK = (1 << CHUNK_SHIFT) / BLOCK_SIZE;

  /** Where the postings of each chunk of documents end. */
  private final int[] chunkEnds;

  private final RandomAccessInput data;

  /** Where the lower halves of the documents, then the impacts, are in {@link #data}. */
  private final long start;

  private final boolean wide;

  /** The lower halves, then the impacts, once one has been asked for; till then null. */
  private byte[] postings;

  private Impacts104ListPostings(
      TermEntry entry, int[] chunkEnds, RandomAccessInput data, long start, int maxDoc) {
    super(entry, maxDoc);
    this.chunkEnds = chunkEnds;
    this.data = data;
    this.start = start;
    this.wide = entry.isWide();
  }

  /**
   * Opens a list.
   *
   * @param in the field's postings, to read from now
   * @param data the same, to read from later
   * @param maxDoc how many documents the segment has
   */
  static Impacts104ListPostings open(
      TermEntry entry, IndexInput in, RandomAccessInput data, int maxDoc) throws IOException {
    in.seek(entry.start());
    int[] chunkEnds = new int[((maxDoc - 1) >>> CHUNK_SHIFT) + 1];
    int end = 0;
    try {
      for (int c = 0; c < chunkEnds.length; c++) {
        int size = in.readVInt();
        if (size < 0 || size > entry.docFreq() - end) {
          throw chunks(entry, end + (long) size, in);
        }
        end += size;
        chunkEnds[c] = end;
      }
    } catch (EOFException e) {
      throw new CorruptIndexException("chunks of a term lead out of their file", in, e);
    }
    if (end != entry.docFreq()) {
      throw chunks(entry, end, in);
    }
    return new Impacts104ListPostings(entry, chunkEnds, data, in.getFilePointer(), maxDoc);
  }

  private static CorruptIndexException chunks(TermEntry entry, long documents, IndexInput in) {
    return new CorruptIndexException(
        "chunks of a term with [" + entry.docFreq() + "] documents have [" + documents + "]", in);
  }

  /**
   * Reads the postings, unless they have been. They lie together and take a microsecond, no more
   * than waiting for those of a few blocks.
   */
  private void load() throws IOException {
    if (postings == null) {
      int length = docFreq() * (Short.BYTES + (wide ? Integer.BYTES : Byte.BYTES));
      checkInside("postings of a term", start, length, data);
      postings = new byte[length];
      data.readBytes(start, postings, 0, length);
      checkLast();
    }
  }

  private void checkLast() throws CorruptIndexException {
    int last = blockCount - 1;
    int end = last % BLOCKS_PER_CHUNK * BLOCK_SIZE + documentsInLast();
    for (int i = first(last); i < chunkEnd(last); i++) {
      if (low(i) >= end) {
        throw beyondLast(data);
      }
    }
  }

  @Override
  protected byte[] readMaxima() throws IOException {
    load();
    byte[] maxima = new byte[blockCount];
    int block = -1;
    int max = 0;
    int i = 0;
    for (int c = 0; c < chunkEnds.length; c++) {
      int firstBlock = c * BLOCKS_PER_CHUNK;
      for (; i < chunkEnds[c]; i++) {
        int next = firstBlock + low(i) / BLOCK_SIZE;
        if (next >= blockCount) {
          throw new CorruptIndexException(
              "a term has a posting in block [" + next + "] of [" + blockCount + "]",
              data.toString());
        }
        int impact = Math.min(impact(i), MAX_IMPACT);
        max = next == block ? Math.max(max, impact) : impact; // no load that waits for a store
        block = next;
        maxima[block] = (byte) max;
      }
    }
    return maxima;
  }

  private int low(int i) {
    return (short) BitUtil.VH_LE_SHORT.get(postings, i * Short.BYTES) & 0xffff;
  }

  private int impact(int i) {
    int at = docFreq() * Short.BYTES + i * (wide ? Integer.BYTES : Byte.BYTES);
    return wide ? (int) BitUtil.VH_LE_INT.get(postings, at) : postings[at] & 0xff;
  }

  /** Where the postings of the block's chunk end. */
  private int chunkEnd(int block) {
    return chunkEnds[block / BLOCKS_PER_CHUNK];
  }

  /** The first posting of the block or after it in its chunk. */
  private int first(int block) {
    int chunk = block / BLOCKS_PER_CHUNK;
    int firstLow = block % BLOCKS_PER_CHUNK * BLOCK_SIZE;
    int low = chunk == 0 ? 0 : chunkEnds[chunk - 1];
    int high = chunkEnds[chunk];
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (low(middle) < firstLow) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Override
  public int addScores(int block, int weight, int[] scores) throws IOException {
    load();
    int best = 0;
    int end = chunkEnd(block);
    int place = block % BLOCKS_PER_CHUNK;
    for (int i = first(block); i < end && low(i) / BLOCK_SIZE == place; i++) {
      best = Math.max(best, scores[low(i) % BLOCK_SIZE] += weight * impact(i));
    }
    return best;
  }

  @Override
  int decode(int block, int[] docs, int[] decoded) throws IOException {
    load();
    int size = 0;
    int end = chunkEnd(block);
    int place = block % BLOCKS_PER_CHUNK;
    for (int i = first(block); i < end && low(i) / BLOCK_SIZE == place; i++) {
      if (size == BLOCK_SIZE) {
        throw new CorruptIndexException(
            "block [" + block + "] of a term has over [" + BLOCK_SIZE + "] postings",
            data.toString());
      }
      docs[size] = block * BLOCK_SIZE + low(i) % BLOCK_SIZE;
      decoded[size++] = impact(i);
    }
    return size;
  }
}
