package io.trident.codec.impacts104;

import static io.trident.codec.impacts.ImpactTerms.BLOCK_SIZE;
import static io.trident.codec.impacts.ImpactTerms.WINDOW_SIZE;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.LAYOUT_BLOCKS;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.LAYOUT_FEW;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.LAYOUT_WIDE;

import io.trident.codec.impacts.ImpactQuantizer;
import java.io.IOException;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.IndexOutput;

/**
 * Writes the postings of one term after the other, in one pass and with one window in memory: the
 * postings to the data file as windows fill, the directory to the index file when a term ends.
 */
final class Impacts104TermWriter {

  private final IndexOutput index;
  private final IndexOutput data;
  private final long fieldStart;

  private final int[] places = new int[WINDOW_SIZE];
  private final int[] impacts = new int[WINDOW_SIZE];
  private final ByteBuffersDataOutput directory = ByteBuffersDataOutput.newResettableInstance();
  private int window = -1;
  private int previousWindow = -1;
  private int size;

  private long termStart;
  private int windows;
  private int docFreq;
  private long totalTermFreq;

  Impacts104TermWriter(IndexOutput index, IndexOutput data, long fieldStart) {
    this.index = index;
    this.data = data;
    this.fieldStart = fieldStart;
    this.termStart = fieldStart;
  }

  /** Adds the next posting of the current term; documents ascend. */
  void add(int doc, int impact) throws IOException {
    int docWindow = doc / WINDOW_SIZE;
    if (docWindow != window) {
      finishWindow();
      window = docWindow;
    }
    places[size] = doc % WINDOW_SIZE;
    impacts[size] = impact;
    size++;
    docFreq++;
    totalTermFreq += impact;
  }

  /** How many postings the current term has so far. */
  int docFreq() {
    return docFreq;
  }

  /** Ends the current term, which has a posting, and returns the sum of its impacts. */
  long finish() throws IOException {
    finishWindow();
    index.writeVInt(docFreq);
    index.writeVLong(totalTermFreq - docFreq);
    index.writeVLong(termStart - fieldStart);
    index.writeVInt(windows);
    directory.copyTo(index);
    directory.reset();
    long sum = totalTermFreq;
    termStart = data.getFilePointer();
    window = -1;
    previousWindow = -1;
    windows = 0;
    docFreq = 0;
    totalTermFreq = 0;
    return sum;
  }

  private void finishWindow() throws IOException {
    if (size == 0) {
      return;
    }
    int maxImpact = 0;
    long blocks = 0;
    for (int i = 0; i < size; i++) {
      maxImpact = Math.max(maxImpact, impacts[i]);
      blocks |= 1L << (places[i] / BLOCK_SIZE);
    }
    int blockCount = Long.bitCount(blocks);
    int layout = layout(maxImpact, blockCount);
    directory.writeVInt(window - previousWindow - 1);
    directory.writeVInt(maxImpact);
    directory.writeVInt((size - 1) * 4 + layout);
    switch (layout) {
      case LAYOUT_BLOCKS -> {
        directory.writeByte((byte) (blockCount - 1));
        writeBlocks(blocks);
      }
      case LAYOUT_FEW -> writeFew();
      default -> writeWide();
    }
    previousWindow = window;
    windows++;
    size = 0;
  }

  private int layout(int maxImpact, int blockCount) {
    if (maxImpact > ImpactQuantizer.MAX_IMPACT) {
      return LAYOUT_WIDE;
    }
    return Impacts104Windows.length(LAYOUT_BLOCKS, size, blockCount)
            < Impacts104Windows.length(LAYOUT_FEW, size, blockCount)
        ? LAYOUT_BLOCKS
        : LAYOUT_FEW;
  }

  private void writeFew() throws IOException {
    for (int i = 0; i < size; i++) {
      data.writeShort((short) places[i]);
      data.writeByte((byte) impacts[i]);
    }
  }

  private void writeWide() throws IOException {
    for (int i = 0; i < size; i++) {
      data.writeShort((short) places[i]);
      data.writeInt(impacts[i]);
    }
  }

  private void writeBlocks(long blocks) throws IOException {
    data.writeLong(blocks);
    for (int i = 0; i < size; ) {
      int end = blockEnd(i);
      int max = 0;
      for (; i < end; i++) {
        max = Math.max(max, impacts[i]);
      }
      data.writeByte((byte) max);
    }
    for (int i = 0; i < size; ) {
      int end = blockEnd(i);
      int docs = 0;
      for (; i < end; i++) {
        docs |= 1 << (places[i] % BLOCK_SIZE);
      }
      data.writeShort((short) docs);
    }
    for (int i = 0; i < size; i++) {
      data.writeByte((byte) impacts[i]);
    }
  }

  /** Where the block of the posting at {@code start} ends. */
  private int blockEnd(int start) {
    int block = places[start] / BLOCK_SIZE;
    int end = start + 1;
    while (end < size && places[end] / BLOCK_SIZE == block) {
      end++;
    }
    return end;
  }
}
