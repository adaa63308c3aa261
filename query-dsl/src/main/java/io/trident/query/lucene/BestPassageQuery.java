/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.io.IOException;
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
 * Of the passages of a document that a query matches, the one with the highest score, and of equal
 * ones the first. Only passages of documents that are asked about are scored. Immutable,
 * thread-safe.
 */
public final class BestPassageQuery extends Query {

  private final Query passages;
  private final BitSetProducer parents;

  /**
   * Makes the query.
   *
   * @param passages scores passages and matches nothing else
   * @param parents the documents that passages belong to, each behind its own
   */
  public BestPassageQuery(Query passages, BitSetProducer parents) {
    this.passages = Objects.requireNonNull(passages, "passages");
    this.parents = Objects.requireNonNull(parents, "parents");
  }

  @Override
  public Query rewrite(IndexSearcher searcher) throws IOException {
    Query rewritten = passages.rewrite(searcher);
    return rewritten == passages ? this : new BestPassageQuery(rewritten, parents);
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost)
      throws IOException {
    return new BestWeight(searcher.createWeight(passages, ScoreMode.COMPLETE, boost));
  }

  @Override
  public void visit(QueryVisitor visitor) {
    passages.visit(visitor.getSubVisitor(BooleanClause.Occur.MUST, this));
  }

  @Override
  public String toString(String field) {
    return "best_passage(" + passages.toString(field) + ")";
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other)
        && passages.equals(((BestPassageQuery) other).passages)
        && parents.equals(((BestPassageQuery) other).parents);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), passages, parents);
  }

  private final class BestWeight extends Weight {
    private final Weight passage;

    private BestWeight(Weight passage) {
      super(BestPassageQuery.this);
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
          return new BestScorer(supplier.get(leadCost), documents);
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
      return scorer == null || scorer.iterator().advance(doc) != doc
          ? Explanation.noMatch("not the best passage of its document")
          : Explanation.match(
              scorer.score(), "the best passage of its document", passage.explain(context, doc));
    }

    @Override
    public boolean isCacheable(LeafReaderContext context) {
      return passage.isCacheable(context);
    }
  }

  /** Scores all passages of a document before it stands on one of them. */
  private static final class BestScorer extends PassagesScorer {
    private float score;

    private BestScorer(Scorer passages, BitSet documents) {
      super(passages, documents);
    }

    @Override
    void moveTo(int target) throws IOException {
      do {
        findBest();
      } while (at < target);
    }

    /** The best of the document that the next passage belongs to. */
    private void findBest() throws IOException {
      at = passage.docID();
      if (at == DocIdSetIterator.NO_MORE_DOCS) {
        return;
      }
      score = passages.score();
      int document = documents.nextSetBit(at);
      for (int next = passage.nextDoc(); next < document; next = passage.nextDoc()) {
        float other = passages.score();
        if (other > score) {
          at = next;
          score = other;
        }
      }
    }

    @Override
    public float score() {
      return score;
    }
  }
}
