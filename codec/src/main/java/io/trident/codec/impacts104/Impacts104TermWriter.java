/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import static io.trident.codec.impacts.ImpactQuantizer.MAX_IMPACT;
import static io.trident.codec.impacts.ImpactTerms.BLOCK_SIZE;
import static io.trident.codec.impacts.ImpactTerms.blockCount;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.BLOCKS_PER_GROUP;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.CHUNK_SHIFT;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.MASK_BYTES;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.MAX_PAIRS;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.groupCount;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.ArrayUtil;

/**
 * Writes the postings of one term after the other. In memory are the postings of the current term,
 * 8 bytes each, and one byte per block of the segment.
 */
final class Impacts104TermWriter {

  private final IndexOutput index;
  private final IndexOutput data;
  private final long fieldStart;
  private final int blockCount;
  private final int chunkCount;

  /** The postings of the current term. */
  private int[] docs;

  private int[] impacts;

  private final byte[] maxima;
  private final ByteBuffersDataOutput groupBytes = ByteBuffersDataOutput.newResettableInstance();

  private long termStart;
  private int docFreq;
  private int maxImpact;
  private long totalTermFreq;

  Impacts104TermWriter(IndexOutput index, IndexOutput data, long fieldStart, int maxDoc) {
    this.index = index;
    this.data = data;
    this.fieldStart = fieldStart;
    this.termStart = fieldStart;
    this.blockCount = blockCount(maxDoc);
    this.chunkCount = ((maxDoc - 1) >>> CHUNK_SHIFT) + 1;
    this.docs = new int[blockCount];
    this.impacts = new int[blockCount];
    this.maxima = new byte[blockCount];
  }

  /**
   * Adds the next posting of the current term. Documents ascend; of one that comes again the
   * impacts are added up.
   */
  void add(int doc, int impact) {
    if (docFreq > 0 && docs[docFreq - 1] == doc) {
      docFreq--;
      impact += impacts[docFreq];
      totalTermFreq -= impacts[docFreq];
    }
    docs = ArrayUtil.grow(docs, docFreq + 1);
    impacts = ArrayUtil.grow(impacts, docFreq + 1);
    docs[docFreq] = doc;
    impacts[docFreq] = impact;
    docFreq++;
    totalTermFreq += impact;
    maxImpact = Math.max(maxImpact, impact);
  }

  /** How many postings the current term has so far. */
  int docFreq() {
    return docFreq;
  }

  /** Ends the current term, which has a posting, and returns the sum of its impacts. */
  long finish() throws IOException {
    TermEntry entry = new TermEntry(docFreq, totalTermFreq, termStart - fieldStart, maxImpact);
    entry.write(index);
    if (entry.isList(blockCount)) {
      writeList();
    } else {
      writeBlocks();
    }
    long sum = totalTermFreq;
    termStart = data.getFilePointer();
    docFreq = 0;
    maxImpact = 0;
    totalTermFreq = 0;
    return sum;
  }

  private void writeList() throws IOException {
    int i = 0;
    for (int chunk = 0; chunk < chunkCount; chunk++) {
      int start = i;
      while (i < docFreq && docs[i] >>> CHUNK_SHIFT == chunk) {
        i++;
      }
      data.writeVInt(i - start);
    }
    for (i = 0; i < docFreq; i++) {
      data.writeShort((short) docs[i]);
    }
    for (i = 0; i < docFreq; i++) {
      if (maxImpact > MAX_IMPACT) {
        data.writeInt(impacts[i]);
      } else {
        data.writeByte((byte) impacts[i]);
      }
    }
  }

  private void writeBlocks() throws IOException {
    for (int i = 0; i < docFreq; i++) {
      int block = docs[i] / BLOCK_SIZE;
      maxima[block] = (byte) Math.max(maxima[block] & 0xff, impacts[i]);
    }
    index.writeBytes(maxima, blockCount);
    Arrays.fill(maxima, (byte) 0);
    int i = 0;
    for (int group = 0; group < groupCount(blockCount); group++) {
      int start = i;
      while (i < docFreq && docs[i] / (BLOCKS_PER_GROUP * BLOCK_SIZE) == group) {
        i++;
      }
      if (i > start) {
        writeGroup(start, i);
      }
      index.writeInt((int) (data.getFilePointer() - termStart));
    }
  }

  private void writeGroup(int start, int end) throws IOException {
    byte[] lengths = new byte[BLOCKS_PER_GROUP];
    groupBytes.reset();
    for (int i = start; i < end; ) {
      int block = docs[i] / BLOCK_SIZE;
      int blockStart = i;
      while (i < end && docs[i] / BLOCK_SIZE == block) {
        i++;
      }
      long before = groupBytes.size();
      writeBlock(blockStart, i);
      lengths[block % BLOCKS_PER_GROUP] = (byte) (groupBytes.size() - before);
    }
    data.writeBytes(lengths, lengths.length);
    groupBytes.copyTo(data);
  }

  private void writeBlock(int start, int end) {
    if (end - start <= MAX_PAIRS) {
      for (int i = start; i < end; i++) {
        groupBytes.writeByte((byte) (docs[i] % BLOCK_SIZE));
      }
    } else {
      byte[] mask = new byte[MASK_BYTES];
      for (int i = start; i < end; i++) {
        int place = docs[i] % BLOCK_SIZE;
        mask[place / Byte.SIZE] |= (byte) (1 << (place % Byte.SIZE));
      }
      groupBytes.writeBytes(mask, 0, MASK_BYTES);
    }
    for (int i = start; i < end; i++) {
      groupBytes.writeByte((byte) impacts[i]);
    }
  }
}
