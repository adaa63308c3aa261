/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.QueryTimeout;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.HitQueue;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TotalHits;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.search.knn.KnnCollectorManager;
import org.apache.lucene.util.BitSet;

/**
 * The nearest of many candidates: a graph over codes finds more documents than are asked for, and
 * the floats that the segment keeps beside the codes choose among them and give the scores. Codes
 * of one bit lose a third of the nearest ten, but hardly any of them fall out of the nearest
 * hundred. Of documents with passages, the nearest passage is found again among all of those that
 * the filter allows. Immutable, thread-safe.
 */
public final class OversampledVectorsQuery extends Query {

  private final String field;
  private final float[] vector;
  private final int k;
  private final Query filter;
  private final BitSetProducer parents;
  private final NearestVectorsQuery candidates;

  /**
   * Makes the query.
   *
   * @param field the vectors of documents or passages
   * @param vector what they are compared with
   * @param k how many documents are kept in a shard
   * @param filter matches what to look at, or null for all
   * @param parents the documents that passages belong to, or null when documents have the vectors
   * @param candidates finds more than {@code k} under the same filter
   */
  public OversampledVectorsQuery(
      String field,
      float[] vector,
      int k,
      Query filter,
      BitSetProducer parents,
      NearestVectorsQuery candidates) {
    this.field = Objects.requireNonNull(field, "field");
    this.vector = vector.clone();
    this.k = k;
    this.filter = filter;
    this.parents = parents;
    this.candidates = Objects.requireNonNull(candidates, "candidates");
  }

  /** Finds the documents whose floats are compared. */
  public NearestVectorsQuery candidates() {
    return candidates;
  }

  @Override
  public Query rewrite(IndexSearcher searcher) throws IOException {
    Query among = among(searcher);
    return among instanceof MatchNoDocsQuery
        ? among
        : new NearestVectorsQuery(new ByFloats(field, vector, k, among, parents)).rewrite(searcher);
  }

  /**
   * What floats are compared with. Who sees the field, but not the one beside it in which
   * candidates are found, has all that the filter allows compared.
   */
  private Query among(IndexSearcher searcher) throws IOException {
    if (candidates.isHiddenIn(searcher.getIndexReader())) {
      return filter == null ? new FieldExistsQuery(field) : filter;
    }
    Query found = candidates.rewrite(searcher);
    return found instanceof MatchNoDocsQuery || parents == null
        ? found
        : NearestPassagesQuery.passages(found, field, filter, parents);
  }

  /** Compares all that its filter matches, without a graph; of each parent the best child. */
  private static final class ByFloats extends KnnFloatVectorQuery {
    private final BitSetProducer parents;
    private final VectorSimilarity similarity;

    private ByFloats(String field, float[] vector, int k, Query among, BitSetProducer parents) {
      super(field, vector, k, among);
      this.parents = parents;
      this.similarity = new VectorSimilarity(field, vector, true);
    }

    /** Compares all: Lucene searches a graph where a filter leaves many documents, or all. */
    @Override
    protected TopDocs approximateSearch(
        LeafReaderContext context, AcceptDocs documents, int limit, KnnCollectorManager collectors)
        throws IOException {
      return exactSearch(context, documents.iterator(), null);
    }

    @Override
    protected TopDocs exactSearch(
        LeafReaderContext context, DocIdSetIterator documents, QueryTimeout timeout)
        throws IOException {
      DoubleValues similarities = similarity.getValues(context, null);
      BitSet ends = parents == null ? null : parents.getBitSet(context);
      HitQueue nearest = new HitQueue((int) Math.min(k, documents.cost()), false);
      ScoreDoc best = null;
      int end = -1;
      for (int doc = documents.nextDoc();
          doc != DocIdSetIterator.NO_MORE_DOCS;
          doc = documents.nextDoc()) {
        if (timeout != null && timeout.shouldExit()) {
          return topDocs(nearest, best, TotalHits.Relation.GREATER_THAN_OR_EQUAL_TO);
        }
        if (similarities.advanceExact(doc)) {
          float score = (float) similarities.doubleValue();
          if (doc > end) {
            offer(nearest, best);
            best = new ScoreDoc(doc, score);
            end = ends == null ? doc : ends.nextSetBit(doc);
          } else if (score > best.score) {
            best = new ScoreDoc(doc, score);
          }
        }
      }
      return topDocs(nearest, best, TotalHits.Relation.EQUAL_TO);
    }

    private static void offer(HitQueue nearest, ScoreDoc hit) {
      if (hit != null) {
        nearest.insertWithOverflow(hit);
      }
    }

    private static TopDocs topDocs(HitQueue nearest, ScoreDoc last, TotalHits.Relation relation) {
      offer(nearest, last);
      ScoreDoc[] hits = new ScoreDoc[nearest.size()];
      for (int i = hits.length - 1; i >= 0; i--) {
        hits[i] = nearest.pop();
      }
      return new TopDocs(new TotalHits(hits.length, relation), hits);
    }

    /** Not an optimistic one: no segment has more to find. */
    @Override
    protected KnnCollectorManager getKnnCollectorManager(int limit, IndexSearcher searcher) {
      return super.getKnnCollectorManager(limit, searcher)::newCollector;
    }

    @Override
    public boolean equals(Object other) {
      return super.equals(other) && Objects.equals(parents, ((ByFloats) other).parents);
    }

    @Override
    public int hashCode() {
      return 31 * super.hashCode() + Objects.hashCode(parents);
    }
  }

  @Override
  public void visit(QueryVisitor visitor) {
    candidates.visit(visitor);
  }

  @Override
  public String toString(String defaultField) {
    return "nearest " + k + " by floats of " + candidates.toString(defaultField);
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other)
        && k == ((OversampledVectorsQuery) other).k
        && Arrays.equals(vector, ((OversampledVectorsQuery) other).vector)
        && candidates.equals(((OversampledVectorsQuery) other).candidates);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), k, Arrays.hashCode(vector), candidates);
  }
}
