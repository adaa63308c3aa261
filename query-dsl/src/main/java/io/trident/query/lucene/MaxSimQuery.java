package io.trident.query.lucene;

import io.trident.codec.tokenvectors.CandidateSearch;
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
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.Bits;

/**
 * Scores documents that have token vectors by MaxSim: for each query vector the largest dot product
 * with one of the document's, summed (ColBERT: Khattab and Zaharia, SIGIR 2020). A sum below zero
 * counts as zero, because Lucene's scores are never negative. Documents without tokens do not
 * match. Scores all documents with the field, or, with a {@link FirstStage}, those of each segment
 * that promise the most. Immutable, thread-safe.
 */
public final class MaxSimQuery extends Query {

  private final String field;
  private final int dimension;
  private final float[] vectors;
  private final FirstStage firstStage;
  private final Query filter;
  private final List<String> words;

  /**
   * How candidates are found. Segments that are too small to have centroids are scanned.
   *
   * @param candidates how many documents of a segment are scored at most, 1 or more
   * @param probes how many centroids are probed for each query vector, 1 or more
   */
  public record FirstStage(int candidates, int probes) {

    public FirstStage {
      if (candidates < 1 || probes < 1) {
        throw new IllegalArgumentException(
            "candidates and probes must be at least [1], got ["
                + candidates
                + "] and ["
                + probes
                + "]");
      }
    }
  }

  /**
   * Which token of a document answers a query vector.
   *
   * @param token its place among the document's tokens
   * @param tokenId its vocabulary id
   * @param similarity the largest that the query vector has with any token
   */
  public record Answer(int token, int tokenId, float similarity) {}

  /**
   * Makes a query that scores every document with the field.
   *
   * @param field a field of token vectors
   * @param dimension the dimensions of each vector
   * @param flatQueryVectors one or more query vectors of finite values, one after the other
   */
  public MaxSimQuery(String field, int dimension, float[] flatQueryVectors) {
    this(field, dimension, flatQueryVectors, null, null);
  }

  /**
   * Makes a query that scores candidates.
   *
   * @param field a field of token vectors
   * @param dimension the dimensions of each vector
   * @param flatQueryVectors one or more query vectors of finite values, one after the other
   * @param firstStage how candidates are found, or null to score every document
   * @param filter what documents must match to be candidates, or null
   */
  public MaxSimQuery(
      String field, int dimension, float[] flatQueryVectors, FirstStage firstStage, Query filter) {
    this(field, dimension, flatQueryVectors, firstStage, filter, List.of());
  }

  /**
   * Makes a query that scores candidates and can tell its words.
   *
   * @param field a field of token vectors
   * @param dimension the dimensions of each vector
   * @param flatQueryVectors one or more query vectors of finite values, one after the other
   * @param firstStage how candidates are found, or null to score every document
   * @param filter what documents must match to be candidates, or null
   * @param words the part of the query's text that each vector stands for, or none at all; they
   *     appear in explanations and tell no queries apart
   */
  public MaxSimQuery(
      String field,
      int dimension,
      float[] flatQueryVectors,
      FirstStage firstStage,
      Query filter,
      List<String> words) {
    this.field = Objects.requireNonNull(field, "field");
    this.dimension = dimension;
    this.vectors = flatQueryVectors.clone();
    this.firstStage = firstStage;
    this.filter = filter;
    this.words = List.copyOf(words);
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
  public Query rewrite(IndexSearcher searcher) throws IOException {
    if (filter == null) {
      return this;
    }
    Query rewritten = filter.rewrite(searcher);
    return rewritten == filter
        ? this
        : new MaxSimQuery(field, dimension, vectors, firstStage, rewritten, words);
  }

  /**
   * The answers to all query vectors in one document; none when it has no tokens. Their
   * similarities add up to its MaxSim.
   */
  public List<Answer> answers(LeafReaderContext context, int doc) throws IOException {
    TokenVectorsValues values = values(context);
    return values == null || values.advanceExact(doc) == false
        ? List.of()
        : answers(values, values.scorer(new QueryTokenVectors(dimension, vectors)));
  }

  private static List<Answer> answers(TokenVectorsValues values, MaxSimScorer scorer)
      throws IOException {
    List<Answer> answers = new ArrayList<>();
    if (values.tokenCount() > 0) {
      scorer.score();
      for (int token : scorer.bestTokens()) {
        float similarity = scorer.bestSimilarity(answers.size());
        answers.add(new Answer(token, values.tokenId(token), similarity));
      }
    }
    return answers;
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost)
      throws IOException {
    Weight among =
        filter == null ? null : searcher.createWeight(filter, ScoreMode.COMPLETE_NO_SCORES, 1);
    return new MaxSimWeight(boost, among);
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
    return "max_sim("
        + field
        + ", "
        + vectors.length / dimension
        + " vectors"
        + (firstStage == null ? "" : ", " + firstStage)
        + (filter == null ? "" : ", filter " + filter)
        + ")";
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other) && equalsTo((MaxSimQuery) other);
  }

  private boolean equalsTo(MaxSimQuery other) {
    return dimension == other.dimension
        && field.equals(other.field)
        && Objects.equals(firstStage, other.firstStage)
        && Objects.equals(filter, other.filter)
        && Arrays.equals(vectors, other.vectors);
  }

  @Override
  public int hashCode() {
    return 31 * Objects.hash(classHash(), field, dimension, firstStage, filter)
        + Arrays.hashCode(vectors);
  }

  private final class MaxSimWeight extends Weight {
    private final float boost;
    private final Weight among;
    private final QueryTokenVectors query = new QueryTokenVectors(dimension, vectors);

    private MaxSimWeight(float boost, Weight among) {
      super(MaxSimQuery.this);
      this.boost = boost;
      this.among = among;
    }

    @Override
    public ScorerSupplier scorerSupplier(LeafReaderContext context) throws IOException {
      TokenVectorsValues values = values(context);
      if (values == null) {
        return null;
      }
      return new ScorerSupplier() {
        @Override
        public Scorer get(long leadCost) throws IOException {
          return new DocumentScorer(documents(context, values), values.scorer(query), boost);
        }

        @Override
        public long cost() {
          return firstStage == null || values.centroidLists() == null
              ? values.cost()
              : Math.min(values.cost(), firstStage.candidates);
        }
      };
    }

    /** The documents to score; the values stand on the current one. */
    private DocIdSetIterator documents(LeafReaderContext context, TokenVectorsValues values)
        throws IOException {
      if (among == null && (firstStage == null || values.centroidLists() == null)) {
        return new DocumentsWithTokens(values);
      }
      BitSet allowed = among == null ? null : allowed(context);
      if (firstStage == null
          || values.centroidLists() == null
          || (allowed != null && allowed.cardinality() <= firstStage.candidates)) {
        return new CandidatesWithTokens(new BitSetIterator(allowed, 0), values);
      }
      int[] found =
          new CandidateSearch(values.centroidLists(), query, values.similarity(), firstStage.probes)
              .find(firstStage.candidates, live(context.reader().getLiveDocs(), allowed));
      return new CandidatesWithTokens(new AscendingDocuments(found), values);
    }

    private BitSet allowed(LeafReaderContext context) throws IOException {
      Scorer scorer = among.scorer(context);
      DocIdSetIterator matches = scorer == null ? DocIdSetIterator.empty() : scorer.iterator();
      return BitSet.of(matches, context.reader().maxDoc());
    }

    private static Bits live(Bits live, BitSet allowed) {
      if (live == null || allowed == null) {
        return live == null ? allowed : live;
      }
      return new Bits() {
        @Override
        public boolean get(int index) {
          return live.get(index) && allowed.get(index);
        }

        @Override
        public int length() {
          return live.length();
        }
      };
    }

    @Override
    public Explanation explain(LeafReaderContext context, int doc) throws IOException {
      TokenVectorsValues values = values(context);
      if (values == null || documents(context, values).advance(doc) != doc) {
        return Explanation.noMatch(
            "the document has no token vectors in field [" + field + "] or is no candidate");
      }
      List<Explanation> details = new ArrayList<>();
      double sum = 0;
      for (Answer answer : answers(values, values.scorer(query))) {
        details.add(
            Explanation.match(
                answer.similarity,
                "query vector ["
                    + details.size()
                    + "]"
                    + (words.isEmpty() ? "" : ", the word [" + words.get(details.size()) + "]")
                    + ": best token ["
                    + answer.token
                    + "] with the id ["
                    + answer.tokenId
                    + "]"));
        sum += answer.similarity;
      }
      return Explanation.match(
          boost * Math.max(0, (float) sum),
          "MaxSim, computed as " + boost + " * max(0, sum of the best similarities) from:",
          details);
    }

    /** What a first stage finds changes with every deleted document. */
    @Override
    public boolean isCacheable(LeafReaderContext context) {
      return firstStage == null && (among == null || among.isCacheable(context));
    }
  }

  /** Scores documents one by one. */
  private static final class DocumentScorer extends Scorer {
    private final DocIdSetIterator documents;
    private final MaxSimScorer scorer;
    private final float boost;

    private DocumentScorer(DocIdSetIterator documents, MaxSimScorer scorer, float boost) {
      this.documents = documents;
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

  /** Of given documents those that have tokens. */
  private static final class CandidatesWithTokens extends FilterDocIdSetIterator {
    private final TokenVectorsValues values;

    private CandidatesWithTokens(DocIdSetIterator candidates, TokenVectorsValues values) {
      super(candidates);
      this.values = values;
    }

    @Override
    public int nextDoc() throws IOException {
      return skipEmpty(in.nextDoc());
    }

    @Override
    public int advance(int target) throws IOException {
      return skipEmpty(in.advance(target));
    }

    private int skipEmpty(int doc) throws IOException {
      int next = doc;
      while (next != NO_MORE_DOCS
          && (values.advanceExact(next) == false || values.tokenCount() == 0)) {
        next = in.nextDoc();
      }
      return next;
    }
  }

  /** Documents from an array. */
  private static final class AscendingDocuments extends DocIdSetIterator {
    private final int[] documents;
    private int at = -1;

    private AscendingDocuments(int[] documents) {
      this.documents = documents;
    }

    @Override
    public int docID() {
      return at < 0 ? -1 : at < documents.length ? documents[at] : NO_MORE_DOCS;
    }

    @Override
    public int nextDoc() {
      at++;
      return docID();
    }

    @Override
    public int advance(int target) throws IOException {
      return slowAdvance(target);
    }

    @Override
    public long cost() {
      return documents.length;
    }
  }
}
