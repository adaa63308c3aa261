/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import static io.trident.codec.impacts.ImpactTerms.BLOCK_SIZE;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.BLOCKS_PER_GROUP;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.MASK_BYTES;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.MAX_PAIRS;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.groupCount;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.RandomAccessInput;
import org.apache.lucene.util.ArrayUtil;
import org.apache.lucene.util.BitUtil;

/** The postings of a frequent term in the format for Lucene 10.4: found block by block. */
final class Impacts104BlockPostings extends Impacts104Blocks {

  private static final int MAX_GROUP_BYTES = BLOCKS_PER_GROUP * (1 + MASK_BYTES + BLOCK_SIZE);
  private static final long EVEN_BYTES = 0x00ff00ff00ff00ffL;
  private static final long SUM_OF_SHORTS = 0x0001000100010001L;

  private final RandomAccessInput entries;
  private final RandomAccessInput data;

  /** Where the maxima are in {@link #entries}. */
  private final long maximaStart;

  /** Where the postings are in {@link #data}. */
  private final long start;

  /** Where the groups end, once the maxima have been read; till then null. */
  private byte[] groupEnds;

  /** The bytes of group {@link #group}. */
  private byte[] bytes = new byte[256];

  private int group = -1;

  /** How many of {@link #bytes} are the group's. */
  private int groupLength;

  /** The block that the next two speak of. */
  private int block = -1;

  /** Where the block's postings start in {@link #bytes}. */
  private int offset;

  /** How many postings the block has. */
  private int size;

  /**
   * Opens the postings.
   *
   * @param entries the entries of the field's terms
   * @param maximaStart after the start of the term's entry
   * @param data the field's postings
   * @param maxDoc how many documents the segment has
   */
  Impacts104BlockPostings(
      TermEntry entry,
      RandomAccessInput entries,
      long maximaStart,
      RandomAccessInput data,
      int maxDoc)
      throws CorruptIndexException {
    super(entry, maxDoc);
    int groupEndBytes = groupCount(blockCount) * Integer.BYTES;
    checkInside("blocks of a term", maximaStart, blockCount + groupEndBytes, entries);
    this.entries = entries;
    this.maximaStart = maximaStart;
    this.data = data;
    this.start = entry.start();
  }

  @Override
  protected byte[] readMaxima() throws IOException {
    byte[] maxima = new byte[blockCount];
    entries.readBytes(maximaStart, maxima, 0, blockCount);
    groupEnds = new byte[groupCount(blockCount) * Integer.BYTES];
    entries.readBytes(maximaStart + blockCount, groupEnds, 0, groupEnds.length);
    return maxima;
  }

  /** Where the bytes of a group of blocks end. */
  private long groupEnd(int which) throws IOException {
    int at = which * Integer.BYTES;
    return Integer.toUnsignedLong(
        groupEnds == null
            ? entries.readInt(maximaStart + blockCount + at)
            : (int) BitUtil.VH_LE_INT.get(groupEnds, at));
  }

  /** Reads the bytes of a group: none when it has no posting. */
  private void loadGroup(int wanted) throws IOException {
    long from = wanted == 0 ? 0 : groupEnd(wanted - 1);
    long length = groupEnd(wanted) - from;
    if (length != 0 && (length < BLOCKS_PER_GROUP || length > MAX_GROUP_BYTES)) {
      throw new CorruptIndexException(
          "group [" + wanted + "] of a term must not take [" + length + "] bytes", data.toString());
    }
    checkInside("a group of a term", start + from, length, data);
    bytes = ArrayUtil.growNoCopy(bytes, (int) length);
    data.readBytes(start + from, bytes, 0, (int) length);
    if (length == 0) {
      Arrays.fill(bytes, 0, BLOCKS_PER_GROUP, (byte) 0);
    }
    group = wanted;
    groupLength = (int) length;
  }

  /** Finds a block's postings. */
  private void load(int wanted) throws IOException {
    if (block == wanted) {
      return;
    }
    if (group != wanted / BLOCKS_PER_GROUP) {
      loadGroup(wanted / BLOCKS_PER_GROUP);
    }
    int place = wanted % BLOCKS_PER_GROUP;
    int length = bytes[place] & 0xff;
    offset = BLOCKS_PER_GROUP;
    long lengths = (long) BitUtil.VH_LE_LONG.get(bytes, 0);
    if (place >= Long.BYTES) {
      offset += sum(lengths);
      lengths = (long) BitUtil.VH_LE_LONG.get(bytes, Long.BYTES);
      place -= Long.BYTES;
    }
    offset += place == 0 ? 0 : sum(lengths << ((Long.BYTES - place) * Byte.SIZE));
    size = length <= 2 * MAX_PAIRS ? length / 2 : length - MASK_BYTES;
    if (length > 0 && (offset + length > groupLength || isWhole() == false)) {
      throw new CorruptIndexException(
          "block [" + wanted + "] of a term leads out of its [" + length + "] bytes",
          data.toString());
    }
    if (wanted == blockCount - 1 && isBeyondLast()) {
      throw beyondLast(data);
    }
    block = wanted;
  }

  private boolean isBeyondLast() {
    int documents = documentsInLast();
    if (size > MAX_PAIRS) {
      int last = mask(Long.SIZE) == 0 ? 0 : Long.SIZE;
      return last + Long.SIZE - Long.numberOfLeadingZeros(mask(last)) > documents;
    }
    for (int i = offset; i < offset + size; i++) {
      if ((bytes[i] & (BLOCK_SIZE - 1)) >= documents) {
        return true;
      }
    }
    return false;
  }

  /** Whether the block's bits are as many as its impacts. */
  private boolean isWhole() {
    return size <= MAX_PAIRS || Long.bitCount(mask(0)) + Long.bitCount(mask(Long.SIZE)) == size;
  }

  /** The sum of eight unsigned bytes. */
  private static int sum(long lengths) {
    long pairs = (lengths & EVEN_BYTES) + (lengths >>> Byte.SIZE & EVEN_BYTES);
    return (int) ((pairs * SUM_OF_SHORTS) >>> 48);
  }

  @Override
  public int addScores(int wanted, int weight, int[] scores) throws IOException {
    load(wanted);
    return size <= MAX_PAIRS ? addPairs(weight, scores) : addMasked(weight, scores);
  }

  private int addPairs(int weight, int[] scores) {
    int best = 0;
    int end = offset + size;
    for (int i = offset; i < end; i++) {
      int place = bytes[i] & (BLOCK_SIZE - 1);
      int score = scores[place] + weight * (bytes[size + i] & 0xff);
      scores[place] = score;
      best = Math.max(best, score);
    }
    return best;
  }

  private int addMasked(int weight, int[] scores) {
    int best = 0;
    int impact = offset + MASK_BYTES;
    for (int first = 0; first < BLOCK_SIZE; first += Long.SIZE) {
      for (long docs = mask(first); docs != 0; docs &= docs - 1) {
        int place = first + Long.numberOfTrailingZeros(docs);
        int score = scores[place] + weight * (bytes[impact++] & 0xff);
        scores[place] = score;
        best = Math.max(best, score);
      }
    }
    return best;
  }

  /** The 64 documents from a place on, one bit each. */
  private long mask(int place) {
    return (long) BitUtil.VH_LE_LONG.get(bytes, offset + place / Byte.SIZE);
  }

  @Override
  int decode(int wanted, int[] docs, int[] impacts) throws IOException {
    load(wanted);
    int first = block * BLOCK_SIZE;
    if (size <= MAX_PAIRS) {
      for (int i = 0; i < size; i++) {
        docs[i] = first + (bytes[offset + i] & (BLOCK_SIZE - 1));
        impacts[i] = bytes[offset + size + i] & 0xff;
      }
      return size;
    }
    int i = 0;
    for (int half = 0; half < BLOCK_SIZE; half += Long.SIZE) {
      for (long mask = mask(half); mask != 0; mask &= mask - 1) {
        docs[i] = first + half + Long.numberOfTrailingZeros(mask);
        impacts[i] = bytes[offset + MASK_BYTES + i] & 0xff;
        i++;
      }
    }
    return size;
  }
}
