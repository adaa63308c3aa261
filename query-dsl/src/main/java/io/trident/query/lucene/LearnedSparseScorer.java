package io.trident.query.lucene;

import static io.trident.codec.impacts.ImpactTerms.WINDOW_SIZE;

import java.io.IOException;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;

/**
 * Walks the windows of a segment in order, skips those whose bound is below the least competitive
 * score, and scores the documents of the others a window at a time.
 */
final class LearnedSparseScorer extends Scorer {

  private final QueryWindows windows;
  private final SparseQueryVector vector;
  private final float boost;
  private final boolean prunes;
  private final int maxDoc;
  private final int[] sums = new int[WINDOW_SIZE];
  private final Iterator iterator = new Iterator();

  /** The window that {@link #sums} is of, or -1. */
  private int window = -1;

  /** Sums below it do not matter; at least 1. */
  private int minimum = 1;

  LearnedSparseScorer(
      QueryWindows windows,
      SparseQueryVector vector,
      float boost,
      ScoreMode scoreMode,
      int maxDoc) {
    this.windows = windows;
    this.vector = vector;
    this.boost = boost;
    this.prunes = scoreMode == ScoreMode.TOP_SCORES && boost > 0;
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
    return boost * vector.score(sums[iterator.doc % WINDOW_SIZE]);
  }

  @Override
  public void setMinCompetitiveScore(float minScore) {
    if (prunes) {
      minimum = Math.max(minimum, leastSum(minScore));
    }
  }

  /** The smallest sum whose score, boost included, is at least {@code minScore}. */
  private int leastSum(float minScore) {
    int sum = Math.max(1, vector.ceilSum(minScore / boost) - 1);
    while (sum < Integer.MAX_VALUE && boost * vector.score(sum) < minScore) {
      sum++;
    }
    return sum;
  }

  @Override
  public int advanceShallow(int target) {
    int next = (target / WINDOW_SIZE + 1) * WINDOW_SIZE;
    return next >= maxDoc ? DocIdSetIterator.NO_MORE_DOCS : next - 1;
  }

  @Override
  public float getMaxScore(int upTo) {
    int first = Math.max(iterator.doc, 0) / WINDOW_SIZE;
    int last = Math.min(upTo, maxDoc - 1) / WINDOW_SIZE;
    int bound = 0;
    for (int w = first; w <= last; w++) {
      bound = Math.max(bound, windows.bound(w));
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
      int place = target % WINDOW_SIZE;
      for (int w = target / WINDOW_SIZE; w < windows.count(); w++) {
        if (windows.bound(w) >= minimum) {
          load(w);
          for (; place < WINDOW_SIZE; place++) {
            if (sums[place] >= minimum) {
              return doc = w * WINDOW_SIZE + place;
            }
          }
        }
        place = 0;
      }
      return doc = NO_MORE_DOCS;
    }

    private void load(int w) throws IOException {
      if (window != w) {
        windows.score(w, minimum, sums);
        window = w;
      }
    }

    @Override
    public long cost() {
      return windows.cost();
    }
  }
}
