/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.impacts.ImpactTerms;
import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.LongHeap;

/**
 * How far the search of one segment may leave documents out.
 *
 * @param hits how many hits the caller keeps, or 0 when it did not say
 * @param liveDocs the documents that are not deleted, or null when all are live
 */
record Pruning(int hits, Bits liveDocs) {

  /** Blocks that are scored up front whatever the number of hits. */
  private static final int MIN_BLOCKS = 32;

  /** One extra block is scored up front per this many requested hits. */
  private static final int HITS_PER_BLOCK = 2;

  /** At most one in this many blocks is scored up front. */
  private static final int FRACTION = 8;

  /** One in this many of them is scored in the order of bounds, the others in that of documents. */
  private static final int BEST_FIRST = 4;

  /**
   * A sum that at least {@code hits} live documents of the segment reach, found in the blocks with
   * the largest bounds (threshold estimation: Mallia, Suel and Tonellotto, SIGIR 2024, section 4).
   *
   * @return the sum, or 1 when it is not known that so many documents match
   */
  long threshold(QueryBlocks blocks) throws IOException {
    int count = Math.min(blocks.count() / FRACTION, MIN_BLOCKS + hits / HITS_PER_BLOCK);
    if (hits == 0 || (long) count * ImpactTerms.BLOCK_SIZE < hits) {
      return 1;
    }
    LongHeap best = new LongHeap(hits);
    long least = 1;
    int[] promising = blocks.mostPromising(count);
    // the best raise the threshold; then neighbours, whose postings are read together
    Arrays.sort(promising, count / BEST_FIRST, count);
    for (int block : promising) {
      if (blocks.bound(block) >= blocks.leastBound(least) && blocks.score(block, least)) {
        int first = block * ImpactTerms.BLOCK_SIZE;
        for (int place = 0; place < ImpactTerms.BLOCK_SIZE; place++) {
          long sum = blocks.sum(place);
          if (sum >= least && isLive(first + place)) {
            best.insertWithOverflow(sum);
            least = best.size() == hits ? best.top() : least;
          }
        }
      }
    }
    return least;
  }

  private boolean isLive(int doc) {
    return liveDocs == null || liveDocs.get(doc);
  }
}
