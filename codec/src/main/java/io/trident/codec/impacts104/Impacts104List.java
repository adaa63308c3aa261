package io.trident.codec.impacts104;

import static io.trident.codec.impacts.ImpactQuantizer.MAX_IMPACT;
import static io.trident.codec.impacts.ImpactTerms.BLOCK_SIZE;
import static io.trident.codec.impacts104.Impacts104PostingsFormat.CHUNK_SHIFT;

import java.io.IOException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.BitUtil;

/** The postings of a rare term in the format for Lucene 10.4: a list, read whole. */
final class Impacts104List extends Impacts104Blocks {

  private static final int BLOCKS_PER_CHUNK = (1 << CHUNK_SHIFT) / BLOCK_SIZE;

  /** Where the postings of each chunk of documents end. */
  private final int[] chunkEnds;

  /** The lower halves of the documents, then their impacts. */
  private final byte[] postings;

  private final boolean wide;

  private Impacts104List(Entry entry, byte[] maxima, int[] chunkEnds, byte[] postings) {
    super(entry, maxima);
    this.chunkEnds = chunkEnds;
    this.postings = postings;
    this.wide = entry.isWide();
  }

  /**
   * Reads a list.
   *
   * @param data a slice with the field's postings
   * @param blockCount how many blocks the segment has
   */
  static Impacts104List read(Entry entry, IndexInput data, int blockCount) throws IOException {
    data.seek(entry.start());
    int docFreq = entry.docFreq();
    int[] chunkEnds = new int[(blockCount - 1) / BLOCKS_PER_CHUNK + 1];
    int end = 0;
    for (int c = 0; c < chunkEnds.length; c++) {
      end += data.readVInt();
      chunkEnds[c] = end;
    }
    if (end != docFreq) {
      throw new CorruptIndexException(
          "chunks of a term with " + docFreq + " documents have " + end, data);
    }
    byte[] postings =
        new byte[docFreq * (Short.BYTES + (entry.isWide() ? Integer.BYTES : Byte.BYTES))];
    data.readBytes(postings, 0, postings.length);
    Impacts104List list = new Impacts104List(entry, new byte[blockCount], chunkEnds, postings);
    list.fillMaxima();
    return list;
  }

  private void fillMaxima() {
    byte[] maxima = maxima();
    int i = 0;
    for (int c = 0; c < chunkEnds.length; c++) {
      int firstBlock = c * BLOCKS_PER_CHUNK;
      for (; i < chunkEnds[c]; i++) {
        int block = firstBlock + low(i) / BLOCK_SIZE;
        int impact = Math.min(impact(i), MAX_IMPACT);
        maxima[block] = (byte) Math.max(maxima[block] & 0xff, impact);
      }
    }
  }

  private int low(int i) {
    return (short) BitUtil.VH_LE_SHORT.get(postings, i * Short.BYTES) & 0xffff;
  }

  private int impact(int i) {
    int impacts = docFreq() * Short.BYTES;
    return wide
        ? (int) BitUtil.VH_LE_INT.get(postings, impacts + i * Integer.BYTES)
        : postings[impacts + i] & 0xff;
  }

  /** Where the postings of the block's chunk end. */
  private int chunkEnd(int block) {
    return chunkEnds[block / BLOCKS_PER_CHUNK];
  }

  /** The first posting of the block or after it in its chunk. */
  private int start(int block) {
    int chunk = block / BLOCKS_PER_CHUNK;
    int first = block % BLOCKS_PER_CHUNK * BLOCK_SIZE;
    int low = chunk == 0 ? 0 : chunkEnds[chunk - 1];
    int high = chunkEnds[chunk];
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (low(middle) < first) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Override
  public int addScores(int block, int weight, int[] scores) {
    int best = 0;
    int end = chunkEnd(block);
    int place = block % BLOCKS_PER_CHUNK;
    for (int i = start(block); i < end && low(i) / BLOCK_SIZE == place; i++) {
      best = Math.max(best, scores[low(i) % BLOCK_SIZE] += weight * impact(i));
    }
    return best;
  }

  @Override
  int decode(int block, int[] docs, int[] impacts) {
    int size = 0;
    int end = chunkEnd(block);
    int place = block % BLOCKS_PER_CHUNK;
    for (int i = start(block); i < end && low(i) / BLOCK_SIZE == place; i++) {
      docs[size] = block * BLOCK_SIZE + low(i) % BLOCK_SIZE;
      impacts[size++] = impact(i);
    }
    return size;
  }
}
