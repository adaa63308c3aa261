/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.io.IOException;
import java.util.Objects;
import org.apache.lucene.queries.function.FunctionScoreQuery;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.search.join.ScoreMode;
import org.apache.lucene.search.join.ToChildBlockJoinQuery;
import org.apache.lucene.search.join.ToParentBlockJoinQuery;

/**
 * All passages of the documents with the nearest ones, each with its own score, where Lucene's
 * query gives one passage per document. The documents are the same. Immutable, thread-safe.
 */
public final class NearestPassagesQuery extends Query {

  private final String field;
  private final Query filter;
  private final BitSetProducer parents;
  private final Query nearest;
  private final VectorSimilarity similarity;

  /**
   * Makes the query.
   *
   * @param field the vectors of passages
   * @param vector what passages are compared with
   * @param filter matches the passages to look at, or null for all
   * @param parents the documents that passages belong to, each behind its own
   * @param nearest finds a passage of each of the nearest documents
   */
  public NearestPassagesQuery(
      String field, float[] vector, Query filter, BitSetProducer parents, Query nearest) {
    this.field = Objects.requireNonNull(field, "field");
    this.filter = filter;
    this.parents = Objects.requireNonNull(parents, "parents");
    this.nearest = Objects.requireNonNull(nearest, "nearest");
    this.similarity =
        new VectorSimilarity(field, vector, nearest instanceof OversampledVectorsQuery);
  }

  @Override
  public Query rewrite(IndexSearcher searcher) throws IOException {
    Query found = nearest.rewrite(searcher); // one step; a profile times no rewriting inside of it
    if (found instanceof MatchNoDocsQuery) {
      return found;
    }
    return new FunctionScoreQuery(passages(found, field, filter, parents), similarity);
  }

  /** All passages with a vector that belong to the documents of some of them. */
  static Query passages(Query some, String field, Query filter, BitSetProducer parents) {
    Query documents = new ToParentBlockJoinQuery(some, parents, ScoreMode.None);
    BooleanQuery.Builder passages =
        new BooleanQuery.Builder()
            .add(new ToChildBlockJoinQuery(documents, parents), Occur.FILTER)
            .add(new FieldExistsQuery(field), Occur.FILTER);
    if (filter != null) {
      passages.add(filter, Occur.FILTER);
    }
    return passages.build();
  }

  @Override
  public void visit(QueryVisitor visitor) {
    nearest.visit(visitor);
  }

  @Override
  public String toString(String defaultField) {
    return "all passages of " + nearest.toString(defaultField);
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other) && nearest.equals(((NearestPassagesQuery) other).nearest);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), nearest);
  }
}
