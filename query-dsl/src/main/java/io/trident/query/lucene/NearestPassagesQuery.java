package io.trident.query.lucene;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.queries.function.FunctionScoreQuery;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.DoubleValuesSource;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.search.join.DiversifyingChildrenFloatKnnVectorQuery;
import org.apache.lucene.search.join.ScoreMode;
import org.apache.lucene.search.join.ToChildBlockJoinQuery;
import org.apache.lucene.search.join.ToParentBlockJoinQuery;

/**
 * All passages of the documents with the nearest ones, each with its own score, where Lucene's
 * query gives one passage per document. The documents are the same. Immutable, thread-safe.
 */
public final class NearestPassagesQuery extends Query {

  private final String field;
  private final float[] vector;
  private final Query filter;
  private final BitSetProducer parents;
  private final Query nearest;

  /**
   * Makes the query.
   *
   * @param field the vectors of passages
   * @param vector what passages are compared with
   * @param filter matches the passages to look at, or null for all
   * @param k how many documents are found in a shard
   * @param parents the documents that passages belong to, each behind its own
   */
  public NearestPassagesQuery(
      String field, float[] vector, Query filter, int k, BitSetProducer parents) {
    this.field = Objects.requireNonNull(field, "field");
    this.vector = vector.clone();
    this.filter = filter;
    this.parents = Objects.requireNonNull(parents, "parents");
    this.nearest =
        new NearestVectorsQuery(
            new DiversifyingChildrenFloatKnnVectorQuery(field, vector, filter, k, parents));
  }

  @Override
  public Query rewrite(IndexSearcher searcher) throws IOException {
    Query found = nearest.rewrite(searcher); // one step; a profile times no rewriting inside of it
    if (found instanceof MatchNoDocsQuery) {
      return found;
    }
    Query documents = new ToParentBlockJoinQuery(found, parents, ScoreMode.None);
    BooleanQuery.Builder passages =
        new BooleanQuery.Builder()
            .add(new ToChildBlockJoinQuery(documents, parents), Occur.FILTER)
            .add(new FieldExistsQuery(field), Occur.FILTER);
    if (filter != null) {
      passages.add(filter, Occur.FILTER);
    }
    return new FunctionScoreQuery(passages.build(), new Similarity(field, vector));
  }

  /** How near the vector of a passage is, as the search for the nearest ones scores it. */
  private static final class Similarity extends DoubleValuesSource {
    private final String field;
    private final float[] vector;

    private Similarity(String field, float[] vector) {
      this.field = field;
      this.vector = vector;
    }

    @Override
    public DoubleValues getValues(LeafReaderContext context, DoubleValues scores)
        throws IOException {
      return similarityToQueryVector(context, vector, field);
    }

    @Override
    public boolean needsScores() {
      return false;
    }

    @Override
    public DoubleValuesSource rewrite(IndexSearcher searcher) {
      return this;
    }

    @Override
    public boolean isCacheable(LeafReaderContext context) {
      return true;
    }

    @Override
    public String toString() {
      return "similarity of [" + field + "]";
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Similarity that
          && field.equals(that.field)
          && Arrays.equals(vector, that.vector);
    }

    @Override
    public int hashCode() {
      return Objects.hash(field, Arrays.hashCode(vector));
    }
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
