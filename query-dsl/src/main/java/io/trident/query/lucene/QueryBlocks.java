package io.trident.query.lucene;

import io.trident.codec.encoding.BlockBoundsKernel;
import io.trident.codec.impacts.ImpactBlocks;
import io.trident.codec.impacts.ImpactTerms;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Terms;
import org.apache.lucene.util.LongHeap;

/**
 * A query's terms in one segment, block by block: the bound of every block, and the scores of the
 * documents of one. Not thread-safe.
 */
final class QueryBlocks {

  private static final BlockBoundsKernel KERNEL = BlockBoundsKernel.best();

  /** The terms, those that can add most to a score first. */
  private final ImpactBlocks[] terms;

  private final byte[][] maxima;
  private final int[] weights;

  /** The terms' bounds of every block, added up. */
  private final int[] bounds;

  /** What is known of every block by now: its bound, or less when it has been scored. */
  private final int[] limits;

  private final int[] sums = new int[ImpactTerms.BLOCK_SIZE];
  private final long cost;

  private QueryBlocks(List<WeightedTerm> terms, int maxDoc) {
    this.terms = terms.stream().map(WeightedTerm::blocks).toArray(ImpactBlocks[]::new);
    this.maxima = terms.stream().map(term -> term.blocks().maxima()).toArray(byte[][]::new);
    this.weights = terms.stream().mapToInt(WeightedTerm::weight).toArray();
    this.bounds = new int[ImpactTerms.blockCount(maxDoc)];
    KERNEL.sum(maxima, weights, bounds);
    this.limits = bounds.clone();
    long postings = terms.stream().mapToLong(term -> term.blocks().docFreq()).sum();
    this.cost = Math.min(postings, maxDoc);
  }

  /** A term of the segment with its weight in the query. */
  private record WeightedTerm(ImpactBlocks blocks, int weight) {
    int bound() {
      return weight * blocks.maxImpact();
    }
  }

  /**
   * Opens a query's terms in a segment.
   *
   * @return null when the segment has none of them
   * @throws IllegalArgumentException when the field is not stored as impacts
   */
  static QueryBlocks open(LeafReaderContext context, String field, SparseQueryVector vector)
      throws IOException {
    ImpactTerms impacts = impactTerms(context.reader(), field);
    if (impacts == null) {
      return null;
    }
    List<WeightedTerm> terms = new ArrayList<>();
    for (int i = 0; i < vector.tokens().length; i++) {
      ImpactBlocks blocks = impacts.blocks(vector.tokens()[i]);
      if (blocks != null) {
        terms.add(new WeightedTerm(blocks, vector.weights()[i]));
      }
    }
    terms.sort(Comparator.comparingInt(WeightedTerm::bound).reversed());
    return terms.isEmpty() ? null : new QueryBlocks(terms, context.reader().maxDoc());
  }

  /**
   * The field's terms under whatever wraps the reader. Wrappers that hide a field are honoured,
   * because they are asked first; deleted documents are the searcher's business.
   */
  private static ImpactTerms impactTerms(LeafReader reader, String field) throws IOException {
    Terms terms = reader.terms(field);
    if (terms == null || terms instanceof ImpactTerms) {
      return (ImpactTerms) terms;
    }
    if (FilterLeafReader.unwrap(reader) instanceof CodecReader codecReader
        && codecReader.getPostingsReader().terms(field) instanceof ImpactTerms impacts) {
      return impacts;
    }
    throw new IllegalArgumentException(
        "field ["
            + field
            + "] must be stored as impacts, got ["
            + terms.getClass().getSimpleName()
            + "]");
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
   * block is scored.
   */
  int bound(int block) {
    return limits[block];
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

  /** The sums of the documents of the block that was scored last, see {@link #score}. */
  int[] sums() {
    return sums;
  }

  /**
   * Computes the sums of a block's documents, as far as they can reach a minimum. Terms are added
   * from the strongest to the weakest, and the rest is left out as soon as the best sum so far and
   * all that is left stay below the minimum.
   *
   * @param minimum sums below it do not matter; at least 1
   * @return whether the sums are right; if not, none reaches the minimum
   */
  boolean score(int block, int minimum) throws IOException {
    Arrays.fill(sums, 0);
    int rest = bounds[block];
    int best = 0;
    for (int t = 0; t < terms.length; t++) {
      int max = maxima[t][block] & 0xff;
      if (max != 0) {
        rest -= weights[t] * max;
        best = Math.max(best, terms[t].addScores(block, weights[t], sums));
        if (best + rest < minimum) {
          limits[block] = minimum - 1;
          return false;
        }
      }
    }
    limits[block] = best;
    return true;
  }
}
