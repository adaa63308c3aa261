/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.util.Objects;
import org.apache.lucene.queries.function.FunctionScoreQuery;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;

/**
 * Matches every document with a vector and scores it by its floats, without a graph: one comparison
 * per document that is asked about, as when other clauses or a rescorer choose them. Immutable,
 * thread-safe.
 */
public final class ExactVectorsQuery extends Query {

  private final String field;
  private final Query filter;
  private final VectorSimilarity similarity;

  /**
   * Makes the query.
   *
   * @param field the vectors
   * @param vector what they are compared with
   * @param filter matches the documents to score, or null for all
   */
  public ExactVectorsQuery(String field, float[] vector, Query filter) {
    this.field = Objects.requireNonNull(field, "field");
    this.filter = filter;
    this.similarity = new VectorSimilarity(field, vector, true);
  }

  @Override
  public Query rewrite(IndexSearcher searcher) {
    if (NearestVectorsQuery.isOneText(searcher.getIndexReader())) {
      return new MatchNoDocsQuery("the one text has no vectors");
    }
    BooleanQuery.Builder documents =
        new BooleanQuery.Builder().add(new FieldExistsQuery(field), Occur.FILTER);
    if (filter != null) {
      documents.add(filter, Occur.FILTER);
    }
    return new FunctionScoreQuery(documents.build(), similarity);
  }

  @Override
  public void visit(QueryVisitor visitor) {
    visitor.visitLeaf(this);
  }

  @Override
  public String toString(String defaultField) {
    return similarity + (filter == null ? "" : "[" + filter + "]");
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other)
        && similarity.equals(((ExactVectorsQuery) other).similarity)
        && Objects.equals(filter, ((ExactVectorsQuery) other).filter);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), similarity, filter);
  }
}
