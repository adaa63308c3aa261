package io.trident.codec.impacts104;

import static io.trident.codec.impacts.ImpactQuantizer.MAX_IMPACT;

import io.trident.codec.impacts.ImpactBlocks;
import java.io.IOException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.RandomAccessInput;

/** The postings of one term in the format for Lucene 10.4. */
abstract class Impacts104Blocks extends ImpactBlocks {

  Impacts104Blocks(Entry entry) {
    super(entry.docFreq, entry.maxImpact);
  }

  /**
   * The first block from {@code block} on that has a posting.
   *
   * @return the block, or -1 when there is none
   */
  final int nextBlock(int block) throws IOException {
    byte[] maxima = maxima();
    for (int b = block; b < maxima.length; b++) {
      if (maxima[b] != 0) {
        return b;
      }
    }
    return -1;
  }

  /** Refuses what leads out of a file. */
  static void checkInside(String what, long start, long length, RandomAccessInput in)
      throws CorruptIndexException {
    if (start < 0 || length < 0 || start > in.length() - length) {
      throw new CorruptIndexException(
          what + " cannot have " + length + " bytes at " + start + " of " + in.length(),
          in.toString());
    }
  }

  /**
   * A block's postings as documents and impacts.
   *
   * @return how many there are
   */
  abstract int decode(int block, int[] docs, int[] impacts) throws IOException;

  /** What a term's entry in the index file starts with. */
  record Entry(int docFreq, long totalTermFreq, long start, int maxImpact) {

    /**
     * Reads the start of an entry.
     *
     * @param postings the length of the field's postings
     * @param maxDoc how many documents the segment has
     */
    static Entry read(IndexInput in, long postings, int maxDoc) throws IOException {
      int docFreq = in.readVInt();
      long totalTermFreq = in.readVLong() + docFreq;
      long start = in.readVLong();
      int maxImpact = in.readVInt();
      if (docFreq < 1 || docFreq > maxDoc || maxImpact < 1 || start < 0 || start >= postings) {
        throw new CorruptIndexException(
            "a term has "
                + docFreq
                + " of "
                + maxDoc
                + " documents, a largest impact of "
                + maxImpact
                + ", and postings at "
                + start
                + " of "
                + postings,
            in);
      }
      return new Entry(docFreq, totalTermFreq, start, maxImpact);
    }

    void write(IndexOutput out) throws IOException {
      out.writeVInt(docFreq);
      out.writeVLong(totalTermFreq - docFreq);
      out.writeVLong(start);
      out.writeVInt(maxImpact);
    }

    /** Whether an impact takes more than a byte. */
    boolean isWide() {
      return maxImpact > MAX_IMPACT;
    }

    /** Whether the postings are a list, in a segment of so many blocks. */
    boolean isList(int blockCount) {
      return docFreq <= blockCount || isWide();
    }
  }
}
