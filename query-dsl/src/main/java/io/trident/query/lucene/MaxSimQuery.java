package io.trident.query.lucene;

import io.trident.codec.tokenvectors.MaxSimScorer;
import io.trident.codec.tokenvectors.QueryTokenVectors;
import io.trident.codec.tokenvectors.TokenVectorsValues;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.FilterDocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;

/**
 * Scores every document that has token vectors by MaxSim: for each query vector the largest dot
 * product with one of the document's, summed (ColBERT: Khattab and Zaharia, SIGIR 2020). A sum
 * below zero counts as zero, because Lucene's scores are never negative. Documents without tokens
 * do not match. Immutable, thread-safe.
 */
public final class MaxSimQuery extends Query {

  private final String field;
  private final int dimension;
  private final float[] vectors;

  /**
   * Makes the query.
   *
   * @param field a field of token vectors
   * @param dimension the dimensions of each vector
   * @param flatQueryVectors one or more query vectors of finite values, one after the other
   */
  public MaxSimQuery(String field, int dimension, float[] flatQueryVectors) {
    this.field = Objects.requireNonNull(field, "field");
    this.dimension = dimension;
    this.vectors = flatQueryVectors.clone();
    if (dimension < 1 || vectors.length == 0 || vectors.length % dimension != 0) {
      throw new IllegalArgumentException(
          "field ["
              + field
              + "] must be searched with one or more vectors of ["
              + dimension
              + "] dimensions, got ["
              + vectors.length
              + "] values");
    }
    for (float value : vectors) {
      if (Float.isFinite(value) == false) {
        throw new IllegalArgumentException(
            "field [" + field + "] must be searched with finite values, got [" + value + "]");
      }
    }
  }

  /** The field that is searched. */
  public String field() {
    return field;
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) {
    return new MaxSimWeight(boost);
  }

  /** The token vectors of a segment, or null when no document has any. */
  private TokenVectorsValues values(LeafReaderContext context) throws IOException {
    if (context.reader().getFieldInfos().fieldInfo(field) == null) {
      return null;
    }
    BinaryDocValues values = context.reader().getBinaryDocValues(field);
    if (values instanceof TokenVectorsValues == false) {
      values = FilterLeafReader.unwrap(context.reader()).getBinaryDocValues(field);
    }
    if (values == null) {
      return null;
    }
    if (values instanceof TokenVectorsValues tokens) {
      return checked(tokens);
    }
    throw new IllegalArgumentException(
        "field ["
            + field
            + "] is not stored as token vectors; the index needs the setting [index.codec] with the"
            + " value [trident]");
  }

  private TokenVectorsValues checked(TokenVectorsValues values) {
    if (values.dimension() == 0) {
      return null;
    }
    if (values.dimension() != dimension) {
      throw new IllegalArgumentException(
          "field ["
              + field
              + "] has vectors of ["
              + values.dimension()
              + "] dimensions, but the query has ["
              + dimension
              + "]");
    }
    return values;
  }

  @Override
  public void visit(QueryVisitor visitor) {
    if (visitor.acceptField(field)) {
      visitor.visitLeaf(this);
    }
  }

  @Override
  public String toString(String defaultField) {
    return "max_sim(" + field + ", " + vectors.length / dimension + " vectors)";
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other) && equalsTo((MaxSimQuery) other);
  }

  private boolean equalsTo(MaxSimQuery other) {
    return dimension == other.dimension
        && field.equals(other.field)
        && Arrays.equals(vectors, other.vectors);
  }

  @Override
  public int hashCode() {
    return 31 * Objects.hash(classHash(), field, dimension) + Arrays.hashCode(vectors);
  }

  private final class MaxSimWeight extends Weight {
    private final float boost;
    private final QueryTokenVectors query = new QueryTokenVectors(dimension, vectors);

    private MaxSimWeight(float boost) {
      super(MaxSimQuery.this);
      this.boost = boost;
    }

    @Override
    public ScorerSupplier scorerSupplier(LeafReaderContext context) throws IOException {
      TokenVectorsValues values = values(context);
      return values == null
          ? null
          : new DefaultScorerSupplier(new DocumentScorer(values, values.scorer(query), boost));
    }

    @Override
    public Explanation explain(LeafReaderContext context, int doc) throws IOException {
      TokenVectorsValues values = values(context);
      if (values == null || values.advanceExact(doc) == false || values.tokenCount() == 0) {
        return Explanation.noMatch("the document has no token vectors in field [" + field + "]");
      }
      MaxSimScorer scorer = values.scorer(query);
      float sum = scorer.score();
      int[] tokens = scorer.bestTokens();
      List<Explanation> details = new ArrayList<>();
      for (int i = 0; i < tokens.length; i++) {
        details.add(
            Explanation.match(
                scorer.bestSimilarity(i),
                "query vector ["
                    + i
                    + "]: best token ["
                    + tokens[i]
                    + "] with the id ["
                    + values.tokenId(tokens[i])
                    + "]"));
      }
      return Explanation.match(
          boost * Math.max(0, sum),
          "MaxSim, computed as " + boost + " * max(0, sum of the best similarities) from:",
          details);
    }

    @Override
    public boolean isCacheable(LeafReaderContext context) {
      return true;
    }
  }

  /** Scores the documents with tokens one by one. */
  private static final class DocumentScorer extends Scorer {
    private final DocIdSetIterator documents;
    private final MaxSimScorer scorer;
    private final float boost;

    private DocumentScorer(TokenVectorsValues values, MaxSimScorer scorer, float boost) {
      this.documents = new DocumentsWithTokens(values);
      this.scorer = scorer;
      this.boost = boost;
    }

    @Override
    public int docID() {
      return documents.docID();
    }

    @Override
    public DocIdSetIterator iterator() {
      return documents;
    }

    @Override
    public float score() throws IOException {
      return boost * Math.max(0, scorer.score());
    }

    @Override
    public float getMaxScore(int upTo) {
      return Float.POSITIVE_INFINITY;
    }
  }

  /** Passes over documents whose field is empty. */
  private static final class DocumentsWithTokens extends FilterDocIdSetIterator {
    private final TokenVectorsValues values;

    private DocumentsWithTokens(TokenVectorsValues values) {
      super(values);
      this.values = values;
    }

    @Override
    public int nextDoc() throws IOException {
      return skipEmpty(values.nextDoc());
    }

    @Override
    public int advance(int target) throws IOException {
      return skipEmpty(values.advance(target));
    }

    private int skipEmpty(int doc) throws IOException {
      int next = doc;
      while (next != NO_MORE_DOCS && values.tokenCount() == 0) {
        next = values.nextDoc();
      }
      return next;
    }
  }
}
