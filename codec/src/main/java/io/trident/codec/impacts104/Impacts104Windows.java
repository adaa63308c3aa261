package io.trident.codec.impacts104;

import static io.trident.codec.impacts.ImpactTerms.BLOCK_SIZE;
import static io.trident.codec.impacts.ImpactTerms.WINDOW_SIZE;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.LAYOUT_BLOCKS;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.LAYOUT_FEW;

import io.trident.codec.impacts.ImpactWindows;
import java.io.IOException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.ArrayUtil;
import org.apache.lucene.util.BitUtil;

/** Reads the windows of one term in the format for Lucene 10.4. */
final class Impacts104Windows extends ImpactWindows {

  private static final int MASKS = Long.BYTES;

  private final IndexInput data;
  private final int docFreq;
  private final long totalTermFreq;
  private final int count;
  private final int[] windows;
  private final int[] maxImpacts;
  private final int[] sizes;
  private final byte[] layouts;
  private final byte[] blockCounts;
  private final long[] starts;

  private byte[] bytes = new byte[256];
  private int loaded = -1;

  /**
   * Reads a term's directory.
   *
   * @param directory at the start of the directory
   * @param data a slice with the field's postings, for this instance alone
   * @param windowLimit how many windows the segment has
   */
  Impacts104Windows(IndexInput directory, IndexInput data, int windowLimit) throws IOException {
    this.data = data;
    this.docFreq = directory.readVInt();
    this.totalTermFreq = directory.readVLong() + docFreq;
    long start = directory.readVLong();
    this.count = directory.readVInt();
    if (count < 1 || count > windowLimit) {
      throw new CorruptIndexException(
          "a term must have 1 to " + windowLimit + " windows, got " + count, directory);
    }
    windows = new int[count];
    maxImpacts = new int[count];
    sizes = new int[count];
    layouts = new byte[count];
    blockCounts = new byte[count];
    starts = new long[count];
    int window = -1;
    for (int i = 0; i < count; i++) {
      window += directory.readVInt() + 1;
      windows[i] = window;
      maxImpacts[i] = directory.readVInt();
      int sizeAndLayout = directory.readVInt();
      sizes[i] = (sizeAndLayout >>> 2) + 1;
      layouts[i] = (byte) (sizeAndLayout & 3);
      if (layouts[i] == LAYOUT_BLOCKS) {
        blockCounts[i] = (byte) (directory.readByte() + 1);
      }
      starts[i] = start;
      start += length(layouts[i], sizes[i], blockCounts[i]);
    }
    if (window < 0 || window >= windowLimit || start > data.length()) {
      throw new CorruptIndexException(
          "windows must end before " + windowLimit + ", got " + window, directory);
    }
  }

  /** The bytes that a window's postings take. */
  static int length(int layout, int size, int blockCount) {
    return switch (layout) {
      case LAYOUT_FEW -> 3 * size;
      case LAYOUT_BLOCKS -> MASKS + 3 * blockCount + size;
      default -> 6 * size;
    };
  }

  @Override
  public int docFreq() {
    return docFreq;
  }

  long totalTermFreq() {
    return totalTermFreq;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public int window(int index) {
    return windows[index];
  }

  @Override
  public int maxImpact(int index) {
    return maxImpacts[index];
  }

  @Override
  public void load(int index) throws IOException {
    if (loaded == index) {
      return;
    }
    int length = length(layouts[index], sizes[index], blockCounts[index]);
    bytes = ArrayUtil.growNoCopy(bytes, length);
    data.seek(starts[index]);
    data.readBytes(bytes, 0, length);
    loaded = index;
  }

  @Override
  public void addBounds(int weight, int[] bounds) {
    switch (layouts[loaded]) {
      case LAYOUT_BLOCKS -> {
        int maximum = MASKS;
        for (long blocks = blocks(); blocks != 0; blocks &= blocks - 1) {
          bounds[Long.numberOfTrailingZeros(blocks)] += weight * (bytes[maximum++] & 0xff);
        }
      }
      case LAYOUT_FEW -> addFewBounds(weight, bounds);
      default -> addWideBounds(weight, bounds);
    }
  }

  private void addFewBounds(int weight, int[] bounds) {
    for (int i = 0; i < sizes[loaded]; ) {
      int block = place(3 * i) / BLOCK_SIZE;
      int max = 0;
      for (; i < sizes[loaded] && place(3 * i) / BLOCK_SIZE == block; i++) {
        max = Math.max(max, bytes[3 * i + 2] & 0xff);
      }
      bounds[block] += weight * max;
    }
  }

  private void addWideBounds(int weight, int[] bounds) {
    for (int i = 0; i < sizes[loaded]; ) {
      int block = place(6 * i) / BLOCK_SIZE;
      int max = 0;
      for (; i < sizes[loaded] && place(6 * i) / BLOCK_SIZE == block; i++) {
        max = Math.max(max, (int) BitUtil.VH_LE_INT.get(bytes, 6 * i + 2));
      }
      bounds[block] += weight * max;
    }
  }

  @Override
  public void addScores(int weight, long wanted, int[] scores) {
    int size = sizes[loaded];
    switch (layouts[loaded]) {
      case LAYOUT_BLOCKS -> addBlockScores(weight, wanted, scores);
      case LAYOUT_FEW -> {
        for (int i = 0; i < 3 * size; i += 3) {
          scores[place(i)] += weight * (bytes[i + 2] & 0xff);
        }
      }
      default -> {
        for (int i = 0; i < 6 * size; i += 6) {
          scores[place(i)] += weight * (int) BitUtil.VH_LE_INT.get(bytes, i + 2);
        }
      }
    }
  }

  private void addBlockScores(int weight, long wanted, int[] scores) {
    int docMask = MASKS + blockCounts[loaded];
    int impact = docMask + 2 * blockCounts[loaded];
    for (long blocks = blocks(); blocks != 0; blocks &= blocks - 1) {
      int docs = (short) BitUtil.VH_LE_SHORT.get(bytes, docMask) & 0xffff;
      docMask += 2;
      int block = Long.numberOfTrailingZeros(blocks);
      if (((wanted >>> block) & 1) == 0) {
        impact += Integer.bitCount(docs);
        continue;
      }
      int first = block * BLOCK_SIZE;
      for (; docs != 0; docs &= docs - 1) {
        scores[first + Integer.numberOfTrailingZeros(docs)] += weight * (bytes[impact++] & 0xff);
      }
    }
  }

  /**
   * The loaded window's postings as documents and impacts.
   *
   * @return how many there are
   */
  int decode(int[] docs, int[] impacts) {
    int first = windows[loaded] * WINDOW_SIZE;
    int size = sizes[loaded];
    switch (layouts[loaded]) {
      case LAYOUT_BLOCKS -> decodeBlocks(first, docs, impacts);
      case LAYOUT_FEW -> {
        for (int i = 0; i < size; i++) {
          docs[i] = first + place(3 * i);
          impacts[i] = bytes[3 * i + 2] & 0xff;
        }
      }
      default -> {
        for (int i = 0; i < size; i++) {
          docs[i] = first + place(6 * i);
          impacts[i] = (int) BitUtil.VH_LE_INT.get(bytes, 6 * i + 2);
        }
      }
    }
    return size;
  }

  private void decodeBlocks(int first, int[] docs, int[] impacts) {
    int docMask = MASKS + blockCounts[loaded];
    int impact = docMask + 2 * blockCounts[loaded];
    int i = 0;
    for (long blocks = blocks(); blocks != 0; blocks &= blocks - 1) {
      int base = first + Long.numberOfTrailingZeros(blocks) * BLOCK_SIZE;
      int mask = (short) BitUtil.VH_LE_SHORT.get(bytes, docMask) & 0xffff;
      docMask += 2;
      for (; mask != 0; mask &= mask - 1) {
        docs[i] = base + Integer.numberOfTrailingZeros(mask);
        impacts[i++] = bytes[impact++] & 0xff;
      }
    }
  }

  private long blocks() {
    return (long) BitUtil.VH_LE_LONG.get(bytes, 0);
  }

  private int place(int offset) {
    return (short) BitUtil.VH_LE_SHORT.get(bytes, offset) & 0xffff;
  }
}
