/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.encoding.BlockBoundsKernel;
import io.trident.codec.impacts.ImpactBlocks;
import io.trident.codec.impacts.ImpactTerms;
import io.trident.codec.impacts.ImpactTermsEnum;
import io.trident.query.lucene.BlockCounts.Count;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.Terms;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.LongHeap;

/**
 * A query's terms in one segment, block by block: the bound of every block, and the scores of the
 * documents of one. Not thread-safe.
 */
final class QueryBlocks {

  private static final BlockBoundsKernel KERNEL = BlockBoundsKernel.best();

  /** The package of the readers by which OpenSearch ends searches; they are not public. */
  private static final String ENDING = "org.opensearch.search.internal";

  /** The terms: first those that make the bounds, of these the strongest first. */
  private final ImpactBlocks[] terms;

  private final int[] factors;
  private final int[] shifts;
  private final int[] coarseWeights;

  /** The maxima of the terms that make the bounds. */
  private final byte[][] maxima;

  /** What the terms that do not make the bounds can add to a score. */
  private final int unbounded;

  private final Approximation approximation;

  /** Bounds and limits are in units of 2 to this power. */
  private final int coarseness;

  /** The terms' bounds of every block, added up. */
  private final int[] bounds;

  /** What is known of every block by now: its bound, or what it reaches when it has been scored. */
  private final int[] limits;

  /** The blocks that have been scored. */
  private final FixedBitSet scored;

  /** Whether the addends are all there is to a sum. */
  private final boolean narrow;

  /** The sums without the addends; unused when narrow. */
  private final long[] sums = new long[ImpactTerms.BLOCK_SIZE];

  /** What terms of one shift add to the sums. */
  private final int[] addends = new int[ImpactTerms.BLOCK_SIZE];

  private final long cost;
  private final BlockCounts counts;

  private QueryBlocks(
      List<WeightedTerm> terms,
      SparseQueryVector vector,
      int maxDoc,
      Approximation approximation,
      BlockCounts counts)
      throws IOException {
    this.narrow = vector.isNarrow();
    this.coarseness = vector.coarseness();
    this.approximation = approximation;
    this.counts = counts;
    int bounding = orderTerms(terms, approximation.mass());
    this.terms = terms.stream().map(WeightedTerm::blocks).toArray(ImpactBlocks[]::new);
    this.factors = terms.stream().mapToInt(WeightedTerm::factor).toArray();
    this.shifts = terms.stream().mapToInt(WeightedTerm::shift).toArray();
    this.coarseWeights = terms.stream().mapToInt(WeightedTerm::coarseWeight).toArray();
    this.maxima = new byte[bounding][];
    for (int t = 0; t < bounding; t++) {
      maxima[t] = this.terms[t].maxima();
    }
    this.unbounded =
        terms.subList(bounding, terms.size()).stream().mapToInt(WeightedTerm::bound).sum();
    this.bounds = new int[ImpactTerms.blockCount(maxDoc)];
    KERNEL.sum(maxima, Arrays.copyOf(coarseWeights, bounding), bounds);
    this.scored = new FixedBitSet(bounds.length);
    this.limits = new int[bounds.length];
    if (approximation.blocks() < bounds.length) {
      for (int block : mostPromising(approximation.blocks())) {
        limits[block] = bounds[block] + unbounded;
      }
    } else {
      for (int block = 0; block < limits.length; block++) {
        limits[block] = bounds[block] + unbounded;
      }
    }
    long postings = terms.stream().mapToLong(term -> term.blocks().docFreq()).sum();
    this.cost = Math.min(postings, maxDoc);
    counts.add(Count.BLOCKS, bounds.length);
  }

  /**
   * Puts the heaviest terms in front, those that can add most to a score first.
   *
   * @return how many it takes for a share of the weight
   */
  private static int orderTerms(List<WeightedTerm> terms, float mass) {
    terms.sort(Comparator.comparingInt(WeightedTerm::coarseWeight).reversed());
    long rest = terms.stream().mapToLong(WeightedTerm::coarseWeight).sum();
    double dropped = rest * (1.0 - mass);
    int bounding = 0;
    while (bounding < terms.size() && rest > dropped) {
      rest -= terms.get(bounding++).coarseWeight();
    }
    Comparator<WeightedTerm> strongest = Comparator.comparingInt(WeightedTerm::bound).reversed();
    terms.subList(0, bounding).sort(strongest);
    terms.subList(bounding, terms.size()).sort(strongest);
    return bounding;
  }

  /** A term of the segment with its weight in the query. */
  private record WeightedTerm(ImpactBlocks blocks, int factor, int shift, int coarseWeight) {
    int bound() {
      return coarseWeight * blocks.maxImpact();
    }
  }

  /**
   * Opens a query's terms in a segment.
   *
   * @param impacts the field's terms
   * @param approximation which bounds are looked at
   * @param counts takes down what is done
   * @return null when the segment has none of them
   */
  static QueryBlocks open(
      ImpactTerms impacts,
      int maxDoc,
      SparseQueryVector vector,
      Approximation approximation,
      BlockCounts counts)
      throws IOException {
    List<WeightedTerm> terms = new ArrayList<>();
    ImpactTermsEnum found = impacts.iterator();
    for (int i = 0; i < vector.tokens().length; i++) {
      if (found.seekExact(vector.tokens()[i])) {
        terms.add(
            new WeightedTerm(
                found.blocks(), vector.factor(i), vector.shift(i), vector.coarseWeight(i)));
      }
    }
    return terms.isEmpty() ? null : new QueryBlocks(terms, vector, maxDoc, approximation, counts);
  }

  /**
   * The field's terms with their blocks; null when they have none, or when a reader shows other
   * terms than those that are stored. Only OpenSearch's own reader around all others is looked
   * through, which does nothing but end searches: others may hide or change terms.
   *
   * @param terms the reader's own
   */
  static ImpactTerms impactTerms(LeafReader reader, String field, Terms terms) throws IOException {
    if (terms instanceof ImpactTerms impacts) {
      return impacts;
    }
    return reader instanceof FilterLeafReader outer
            && outer.getClass().getPackageName().equals(ENDING)
            && outer.getDelegate().terms(field) instanceof ImpactTerms impacts
        ? impacts
        : null;
  }

  /** Whether the field is stored as impacts, whatever a reader shows of it. */
  static boolean isStored(LeafReader reader, String field) throws IOException {
    return FilterLeafReader.unwrap(reader).terms(field) instanceof ImpactTerms;
  }

  /** An upper bound of the number of documents with a term of the query. */
  long cost() {
    return cost;
  }

  /** How many blocks the segment has. */
  int count() {
    return bounds.length;
  }

  /**
   * No document of the block has a larger sum; 0 when none has a term of the query. Falls when the
   * block is scored. An approximation that skips the block takes it for 0.
   */
  long bound(int block) {
    return (long) limits[block] << coarseness;
  }

  /** The least {@link #bound} of a block to be scored, when sums below a minimum do not matter. */
  long leastBound(long minimum) {
    return approximation.leastBound(minimum);
  }

  /** The {@code count} blocks with the largest bounds, the largest first. */
  int[] mostPromising(int count) {
    LongHeap best = new LongHeap(count);
    for (int b = 0; b < bounds.length; b++) {
      best.insertWithOverflow((long) bounds[b] << Integer.SIZE | b);
    }
    int[] blocks = new int[best.size()];
    for (int i = blocks.length - 1; i >= 0; i--) {
      blocks[i] = (int) best.pop();
    }
    return blocks;
  }

  /** The sum of a document by its place in the block that was scored last, see {@link #score}. */
  long sum(int place) {
    return narrow ? addends[place] : sums[place];
  }

  /**
   * Computes the sums of a block's documents, as far as they can reach a minimum. Terms are added
   * from the strongest to the weakest, and the rest is left out as soon as the best sum so far and
   * all that is left stay below the minimum.
   *
   * @param minimum sums below it do not matter; at least 1
   * @return whether the sums are right; if not, none reaches the minimum
   */
  boolean score(int block, long minimum) throws IOException {
    Arrays.fill(addends, 0);
    if (scored.getAndSet(block) == false) {
      counts.add(Count.BLOCKS_SCORED, 1);
    }
    int rest = bounds[block] + unbounded;
    long best = 0; // of the sums without the addends
    int bestAddend = 0;
    int room = Integer.MAX_VALUE; // of the addends
    int shift = 0; // of the addends
    boolean first = true;
    boolean reaches = true;
    int cells = 0;
    for (int t = 0; t < terms.length && reaches; t++) {
      int max = t < maxima.length ? maxima[t][block] & 0xff : terms[t].maxImpact();
      if (max != 0) {
        int largest = factors[t] * max;
        if (largest > room || shifts[t] != shift) {
          best = addUp(shift, first);
          first = false;
          bestAddend = 0;
          room = Integer.MAX_VALUE;
          shift = shifts[t];
        }
        room -= largest;
        rest -= coarseWeights[t] * max;
        bestAddend = Math.max(bestAddend, terms[t].addScores(block, factors[t], addends));
        cells++;
        reaches = best + ((long) bestAddend << shift) + ((long) rest << coarseness) >= minimum;
      }
    }
    counts.add(Count.CELLS, cells);
    if (reaches) {
      best = narrow ? bestAddend : addUp(shift, first);
      reaches = best + ((long) rest << coarseness) >= minimum;
    }
    // a block whose sums are known is not to be skipped by an overestimate
    limits[block] = coarse(reaches ? approximation.leastBound(best) : minimum - 1);
    return reaches;
  }

  /**
   * Adds the addends to the sums, or begins these with them, and starts them anew.
   *
   * @return the largest sum
   */
  private long addUp(int shift, boolean begins) {
    long best = 0;
    for (int place = 0; place < sums.length; place++) {
      long sum = ((long) addends[place] << shift) + (begins ? 0 : sums[place]);
      sums[place] = sum;
      best = Math.max(best, sum);
    }
    Arrays.fill(addends, 0);
    return best;
  }

  private int coarse(long sum) {
    return (int) Math.min(Integer.MAX_VALUE, (sum + (1L << coarseness) - 1) >>> coarseness);
  }
}
