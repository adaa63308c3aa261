/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;

/**
 * Matches the documents with given identifiers, each with a score of its own.
 *
 * <p>Where several documents of a segment have an identifier, the last one that is not deleted
 * counts: children of a document stand before it. Immutable, thread-safe.
 */
public final class ScoredIdsQuery extends Query {

  /** What says more of a score than its number. */
  public interface Explainer {

    /**
     * Explains a document's score.
     *
     * @param index the document's place in the lists that the query was made of
     * @param score its score, boost included
     */
    Explanation explain(
        int index, float score, IndexSearcher searcher, LeafReaderContext context, int doc)
        throws IOException;
  }

  private final String idField;
  private final List<BytesRef> ids;
  private final float[] scores;
  private final Explainer explainer;

  /**
   * Makes the query.
   *
   * @param idField the field whose terms are identifiers
   * @param ids distinct identifiers
   * @param scores one score each, not negative
   * @param explainer explains scores; not part of the query's identity
   */
  public ScoredIdsQuery(String idField, List<BytesRef> ids, float[] scores, Explainer explainer) {
    this.idField = Objects.requireNonNull(idField, "idField");
    this.ids = List.copyOf(ids);
    this.scores = scores.clone();
    this.explainer = Objects.requireNonNull(explainer, "explainer");
  }

  /** A document of a segment and its place in the lists. */
  private record Found(int doc, int index) {}

  private List<Found> find(LeafReaderContext context) throws IOException {
    Terms terms = context.reader().terms(idField);
    if (terms == null) {
      return List.of();
    }
    Bits live = context.reader().getLiveDocs();
    TermsEnum termsEnum = terms.iterator();
    PostingsEnum postings = null;
    List<Found> found = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      if (termsEnum.seekExact(ids.get(i)) == false) {
        continue;
      }
      postings = termsEnum.postings(postings, PostingsEnum.NONE);
      int last = -1;
      for (int doc = postings.nextDoc();
          doc != DocIdSetIterator.NO_MORE_DOCS;
          doc = postings.nextDoc()) {
        if (live == null || live.get(doc)) {
          last = doc;
        }
      }
      if (last >= 0) {
        found.add(new Found(last, i));
      }
    }
    found.sort(Comparator.comparingInt(Found::doc));
    return found;
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) {
    return new Weight(this) {
      @Override
      public ScorerSupplier scorerSupplier(LeafReaderContext context) throws IOException {
        List<Found> found = find(context);
        return found.isEmpty() ? null : new DefaultScorerSupplier(new IdScorer(found, boost));
      }

      @Override
      public Explanation explain(LeafReaderContext context, int doc) throws IOException {
        for (Found found : find(context)) {
          if (found.doc == doc) {
            return explainer.explain(
                found.index, boost * scores[found.index], searcher, context, doc);
          }
        }
        return Explanation.noMatch("not among the " + ids.size() + " identifiers");
      }

      @Override
      public boolean isCacheable(LeafReaderContext context) {
        return false;
      }
    };
  }

  private final class IdScorer extends Scorer {
    private final List<Found> found;
    private final float boost;
    private int next = -1;
    private float maxScore;

    private IdScorer(List<Found> found, float boost) {
      this.found = found;
      this.boost = boost;
      for (Found document : found) {
        maxScore = Math.max(maxScore, boost * scores[document.index]);
      }
    }

    @Override
    public int docID() {
      if (next < 0) {
        return -1;
      }
      return next < found.size() ? found.get(next).doc : DocIdSetIterator.NO_MORE_DOCS;
    }

    @Override
    public float score() {
      return boost * scores[found.get(next).index];
    }

    @Override
    public float getMaxScore(int upTo) {
      return maxScore;
    }

    @Override
    public DocIdSetIterator iterator() {
      return new DocIdSetIterator() {
        @Override
        public int docID() {
          return IdScorer.this.docID();
        }

        @Override
        public int nextDoc() {
          next++;
          return docID();
        }

        @Override
        public int advance(int target) {
          do {
            next++;
          } while (next < found.size() && found.get(next).doc < target);
          return docID();
        }

        @Override
        public long cost() {
          return found.size();
        }
      };
    }
  }

  @Override
  public void visit(QueryVisitor visitor) {
    visitor.visitLeaf(this);
  }

  @Override
  public String toString(String field) {
    return "scored_ids(" + ids.size() + " ids)";
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other)
        && idField.equals(((ScoredIdsQuery) other).idField)
        && ids.equals(((ScoredIdsQuery) other).ids)
        && Arrays.equals(scores, ((ScoredIdsQuery) other).scores);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), idField, ids, Arrays.hashCode(scores));
  }
}
