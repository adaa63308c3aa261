/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.util.BitSet;

/**
 * Scores a document by the sum of the scores of its best passages, which are the documents of its
 * block before it. With one passage it is Lucene's block join with the maximum, with many the one
 * with the sum. Immutable, thread-safe.
 */
public final class TopPassagesQuery extends Query {

  private final Query passages;
  private final BitSetProducer parents;
  private final int count;

  /**
   * Makes the query.
   *
   * @param passages scores passages and matches nothing else
   * @param parents the documents that passages belong to, each behind its own
   * @param count how many passages are summed at most, 1 or more
   */
  public TopPassagesQuery(Query passages, BitSetProducer parents, int count) {
    this.passages = Objects.requireNonNull(passages, "passages");
    this.parents = Objects.requireNonNull(parents, "parents");
    this.count = count;
    if (count < 1) {
      throw new IllegalArgumentException("count must be at least [1], got [" + count + "]");
    }
  }

  @Override
  public Query rewrite(IndexSearcher searcher) throws IOException {
    Query rewritten = passages.rewrite(searcher);
    return rewritten == passages ? this : new TopPassagesQuery(rewritten, parents, count);
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost)
      throws IOException {
    ScoreMode all = scoreMode.needsScores() ? ScoreMode.COMPLETE : ScoreMode.COMPLETE_NO_SCORES;
    return new PassagesWeight(passages.createWeight(searcher, all, boost));
  }

  @Override
  public void visit(QueryVisitor visitor) {
    passages.visit(visitor.getSubVisitor(BooleanClause.Occur.MUST, this));
  }

  @Override
  public String toString(String field) {
    return "top_passages(" + count + ", " + passages.toString(field) + ")";
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other)
        && count == ((TopPassagesQuery) other).count
        && passages.equals(((TopPassagesQuery) other).passages)
        && parents.equals(((TopPassagesQuery) other).parents);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), count, passages, parents);
  }

  private final class PassagesWeight extends Weight {
    private final Weight passage;

    private PassagesWeight(Weight passage) {
      super(TopPassagesQuery.this);
      this.passage = passage;
    }

    @Override
    public ScorerSupplier scorerSupplier(LeafReaderContext context) throws IOException {
      BitSet documents = parents.getBitSet(context);
      ScorerSupplier supplier = documents == null ? null : passage.scorerSupplier(context);
      if (supplier == null) {
        return null;
      }
      return new ScorerSupplier() {
        @Override
        public Scorer get(long leadCost) throws IOException {
          return new ParentScorer(supplier.get(leadCost), documents, count);
        }

        @Override
        public long cost() {
          return supplier.cost();
        }
      };
    }

    @Override
    public Explanation explain(LeafReaderContext context, int doc) throws IOException {
      Scorer scorer = scorer(context);
      if (scorer == null || scorer.iterator().advance(doc) != doc) {
        return Explanation.noMatch("no passage of the document matches");
      }
      float score = scorer.score();
      return Explanation.match(
          score,
          "of the best passages of the document, [" + count + "] at most, the sum of:",
          best(context, PassagesScorer.firstPassage(parents.getBitSet(context), doc), doc));
    }

    private List<Explanation> best(LeafReaderContext context, int from, int to) throws IOException {
      List<Explanation> matches = new ArrayList<>();
      for (int doc = from; doc < to; doc++) {
        Explanation passageScore = passage.explain(context, doc);
        if (passageScore.isMatch()) {
          matches.add(
              Explanation.match(
                  passageScore.getValue(),
                  "passage [" + (doc - from) + "] of the block",
                  passageScore));
        }
      }
      matches.sort(
          Comparator.comparing((Explanation match) -> match.getValue().floatValue()).reversed());
      return matches.subList(0, Math.min(count, matches.size()));
    }

    @Override
    public boolean isCacheable(LeafReaderContext context) {
      return passage.isCacheable(context);
    }
  }

  /** Moves from document to document, and over a document's passages when it is scored. */
  private static final class ParentScorer extends PassagesScorer {
    private final float[] best;
    private int scored = -1;
    private float score;

    private ParentScorer(Scorer passages, BitSet documents, int count) {
      super(passages, documents);
      this.best = new float[count];
    }

    @Override
    void moveTo(int target) {
      int next = passage.docID();
      at = next == DocIdSetIterator.NO_MORE_DOCS ? next : documents.nextSetBit(next);
      if (at == next && at != DocIdSetIterator.NO_MORE_DOCS) {
        throw new IllegalStateException("document [" + at + "] must not be its own passage");
      }
    }

    @Override
    public float score() throws IOException {
      if (scored != at) {
        int matches = 0;
        for (int next = passage.docID(); next < at; next = passage.nextDoc()) {
          add(passages.score(), matches++);
        }
        double sum = 0;
        for (int i = 0; i < Math.min(matches, best.length); i++) {
          sum += best[i];
        }
        scored = at;
        score = (float) sum;
      }
      return score;
    }

    /** Keeps the largest scores in descending order. */
    private void add(float value, int before) {
      int at = Math.min(before, best.length);
      if (at == best.length && value <= best[at - 1]) {
        return;
      }
      for (at = Math.min(at, best.length - 1); at > 0 && value > best[at - 1]; at--) {
        best[at] = best[at - 1];
      }
      best[at] = value;
    }
  }
}
