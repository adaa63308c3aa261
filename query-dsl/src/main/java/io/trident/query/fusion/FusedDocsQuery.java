package io.trident.query.fusion;

import java.util.Objects;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.opensearch.common.lucene.search.function.FunctionScoreQuery;

/**
 * The fused documents, as a search sees them, and the legs that found them, as highlighters do. A
 * search rewrites the query first and is left with the documents and their scores. The highlighters
 * {@code plain} and {@code fvh} do not rewrite, and of queries that they do not know find no terms:
 * they know {@link FunctionScoreQuery}, and look into its subquery. Immutable, thread-safe.
 */
final class FusedDocsQuery extends FunctionScoreQuery {

  private final Query documents;

  /**
   * Makes the query.
   *
   * @param documents matches and scores
   * @param legs what has terms to highlight; matches and scores nothing
   */
  FusedDocsQuery(Query documents, Iterable<Query> legs) {
    super(any(legs), null, DEFAULT_MAX_BOOST);
    this.documents = Objects.requireNonNull(documents, "documents");
  }

  private static Query any(Iterable<Query> legs) {
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    legs.forEach(leg -> any.add(leg, Occur.SHOULD));
    return any.build();
  }

  @Override
  public Query rewrite(IndexSearcher searcher) {
    return documents;
  }

  @Override
  public void visit(QueryVisitor visitor) {
    documents.visit(visitor);
  }

  @Override
  public String toString(String field) {
    return documents.toString(field);
  }

  @Override
  public boolean equals(Object other) {
    return super.equals(other) && documents.equals(((FusedDocsQuery) other).documents);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), documents);
  }
}
