package io.trident.query.lucene;

import io.trident.codec.impacts.ImpactTerms;
import io.trident.codec.impacts.ImpactWindows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Terms;
import org.apache.lucene.util.BytesRef;

/**
 * A query's terms in one segment, window by window: the bound of every window, and the scores of
 * the documents of one. Not thread-safe.
 */
final class QueryWindows {

  private final ImpactWindows[] terms;
  private final int[] weights;
  private final int[] bounds;
  private final int[] positions;
  private final int[] blockBounds = new int[ImpactTerms.BLOCKS_PER_WINDOW];
  private final long cost;

  private QueryWindows(List<ImpactWindows> terms, int[] weights, int maxDoc) {
    this.terms = terms.toArray(ImpactWindows[]::new);
    this.weights = weights;
    this.positions = new int[this.terms.length];
    this.bounds = new int[(maxDoc + ImpactTerms.WINDOW_SIZE - 1) / ImpactTerms.WINDOW_SIZE];
    long postings = 0;
    for (int t = 0; t < this.terms.length; t++) {
      ImpactWindows term = this.terms[t];
      postings += term.docFreq();
      for (int i = 0; i < term.count(); i++) {
        bounds[term.window(i)] += weights[t] * term.maxImpact(i);
      }
    }
    this.cost = Math.min(postings, maxDoc);
  }

  /**
   * Opens a query's terms in a segment.
   *
   * @return null when the segment has none of them
   * @throws IllegalArgumentException when the field is not stored as impacts
   */
  static QueryWindows open(LeafReaderContext context, String field, SparseQueryVector vector)
      throws IOException {
    ImpactTerms impacts = impactTerms(context.reader(), field);
    if (impacts == null) {
      return null;
    }
    List<ImpactWindows> terms = new ArrayList<>();
    int[] weights = new int[vector.tokens().length];
    for (int i = 0; i < vector.tokens().length; i++) {
      BytesRef token = vector.tokens()[i];
      ImpactWindows windows = impacts.windows(token);
      if (windows != null) {
        weights[terms.size()] = vector.weights()[i];
        terms.add(windows);
      }
    }
    return terms.isEmpty()
        ? null
        : new QueryWindows(terms, Arrays.copyOf(weights, terms.size()), context.reader().maxDoc());
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

  /** How many windows the segment has. */
  int count() {
    return bounds.length;
  }

  /** No document of the window has a larger sum; 0 when none has a term of the query. */
  int bound(int window) {
    return bounds[window];
  }

  /**
   * Computes the sums of a window's documents. Windows must be asked for in ascending order.
   *
   * @param minimum sums below it may be left out or too small
   * @param scores set to the sums; 0 for a document without a term of the query
   */
  void score(int window, int minimum, int[] scores) throws IOException {
    Arrays.fill(scores, 0);
    for (int t = 0; t < terms.length; t++) {
      ImpactWindows term = terms[t];
      int position = positions[t];
      while (position < term.count() && term.window(position) < window) {
        position++;
      }
      positions[t] = position;
      if (contains(t, window)) {
        term.load(position);
      }
    }
    long blocks = minimum <= 1 ? -1L : promisingBlocks(window, minimum);
    if (blocks == 0) {
      return;
    }
    for (int t = 0; t < terms.length; t++) {
      if (contains(t, window)) {
        terms[t].addScores(weights[t], blocks, scores);
      }
    }
  }

  private boolean contains(int term, int window) {
    int position = positions[term];
    return position < terms[term].count() && terms[term].window(position) == window;
  }

  private long promisingBlocks(int window, int minimum) {
    Arrays.fill(blockBounds, 0);
    for (int t = 0; t < terms.length; t++) {
      if (contains(t, window)) {
        terms[t].addBounds(weights[t], blockBounds);
      }
    }
    long blocks = 0;
    for (int b = 0; b < blockBounds.length; b++) {
      if (blockBounds[b] >= minimum) {
        blocks |= 1L << b;
      }
    }
    return blocks;
  }
}
