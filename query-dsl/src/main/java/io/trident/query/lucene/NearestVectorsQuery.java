package io.trident.query.lucene;

import java.io.IOException;
import java.util.Objects;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;

/**
 * The nearest vectors of a field, as a search finds them, and nothing to a highlighter: the plain
 * one rewrites queries over a reader with the terms of one text, where Lucene's query for vectors
 * fails before Lucene 10.5. Immutable, thread-safe.
 */
public final class NearestVectorsQuery extends Query {

  private final Query nearest;

  /**
   * Makes the query.
   *
   * @param nearest Lucene's query for the nearest vectors, which finds them when it is rewritten
   */
  public NearestVectorsQuery(Query nearest) {
    this.nearest = Objects.requireNonNull(nearest, "nearest");
  }

  /** Lucene's query. */
  public Query nearest() {
    return nearest;
  }

  @Override
  public Query rewrite(IndexSearcher searcher) throws IOException {
    try {
      return nearest.rewrite(searcher);
    } catch (UnsupportedOperationException e) {
      if (searcher.getIndexReader().maxDoc() > 1) {
        throw e;
      }
      return new MatchNoDocsQuery("the one text has no vectors");
    }
  }

  @Override
  public void visit(QueryVisitor visitor) {
    nearest.visit(visitor);
  }

  @Override
  public String toString(String field) {
    return nearest.toString(field);
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other) && nearest.equals(((NearestVectorsQuery) other).nearest);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), nearest);
  }
}
