/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import static io.trident.codec.impacts.ImpactTerms.BLOCK_SIZE;

import io.trident.query.lucene.BlockCounts.Count;
import java.io.IOException;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Scorer;

/**
 * Walks the blocks of a segment in order, skips those whose bound is below the least competitive
 * score, and scores the documents of the others a block at a time.
 */
final class LearnedSparseScorer extends Scorer {

  /** More than any document's sum. */
  private static final long MAX_SUM = Long.MAX_VALUE / 2;

  /** More than what a score loses to roundings to floats, as a share. */
  private static final double ROUNDING = 0x1p-20;

  private final QueryBlocks blocks;
  private final SparseQueryVector vector;
  private final float boost;
  private final Pruning pruning;
  private final BlockCounts counts;
  private final int maxDoc;
  private final Iterator iterator = new Iterator();

  /** The block that was scored last, or -1. */
  private int block = -1;

  /** Whether the block has sums that matter. */
  private boolean matters;

  /** Sums below it do not matter; at least 1. */
  private long minimum = 1;

  /** Whether there is a competitive score, and whether the threshold has been estimated then. */
  private boolean competes;

  private boolean estimated;

  /**
   * Makes the scorer.
   *
   * @param pruning how far documents may be left out, or null when none may
   * @param counts takes down what is done
   */
  LearnedSparseScorer(
      QueryBlocks blocks,
      SparseQueryVector vector,
      float boost,
      Pruning pruning,
      BlockCounts counts,
      int maxDoc) {
    this.counts = counts;
    this.blocks = blocks;
    this.vector = vector;
    this.boost = boost;
    this.pruning = pruning;
    this.maxDoc = maxDoc;
  }

  @Override
  public int docID() {
    return iterator.doc;
  }

  @Override
  public DocIdSetIterator iterator() {
    return iterator;
  }

  @Override
  public float score() {
    return boost * vector.score(blocks.sum(iterator.doc % BLOCK_SIZE));
  }

  @Override
  public void setMinCompetitiveScore(float minScore) {
    if (pruning != null && minScore > 0) {
      competes = true;
      minimum = Math.max(minimum, leastSum(minScore));
    }
  }

  /** The smallest sum whose score, boost included, is at least {@code minScore}. */
  private long leastSum(float minScore) {
    double about = vector.sum((double) minScore / boost);
    long low = (long) Math.clamp(about * (1 - ROUNDING), 1, MAX_SUM);
    long high = (long) Math.min(MAX_SUM, about * (1 + ROUNDING) + 1);
    if (low > 1 && boost * vector.score(low - 1) >= minScore) {
      low = 1;
    }
    if (boost * vector.score(high) < minScore) {
      high = MAX_SUM;
    }
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (boost * vector.score(middle) < minScore) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Override
  public int advanceShallow(int target) {
    int next = (target / BLOCK_SIZE + 1) * BLOCK_SIZE;
    return next >= maxDoc ? DocIdSetIterator.NO_MORE_DOCS : next - 1;
  }

  @Override
  public float getMaxScore(int upTo) {
    int first = Math.max(iterator.doc, 0) / BLOCK_SIZE;
    int last = Math.min(upTo, maxDoc - 1) / BLOCK_SIZE;
    long bound = 0;
    for (int b = first; b <= last; b++) {
      bound = Math.max(bound, blocks.bound(b));
    }
    return boost * vector.score(bound);
  }

  private final class Iterator extends DocIdSetIterator {
    private int doc = -1;

    @Override
    public int docID() {
      return doc;
    }

    @Override
    public int nextDoc() throws IOException {
      return advance(doc + 1);
    }

    @Override
    public int advance(int target) throws IOException {
      if (target >= maxDoc) {
        return doc = NO_MORE_DOCS;
      }
      if (competes && estimated == false) {
        estimated = true;
        // sums of equal scores are ties, whose documents decide
        float score = boost * vector.score(pruning.threshold(blocks));
        minimum = Math.max(minimum, leastSum(score));
        block = -1; // the sums are those of another block now
      }
      long leastBound = blocks.leastBound(minimum);
      int place = target % BLOCK_SIZE;
      for (int b = target / BLOCK_SIZE; b < blocks.count(); b++) {
        if (blocks.bound(b) >= leastBound) {
          load(b);
          for (; matters && place < BLOCK_SIZE; place++) {
            if (blocks.sum(place) >= minimum) {
              counts.add(Count.DOCUMENTS, 1);
              return doc = b * BLOCK_SIZE + place;
            }
          }
        }
        place = 0;
      }
      return doc = NO_MORE_DOCS;
    }

    private void load(int b) throws IOException {
      if (block != b) {
        matters = blocks.score(b, minimum);
        block = b;
      }
    }

    @Override
    public long cost() {
      return blocks.cost();
    }
  }
}
