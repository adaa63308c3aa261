/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.tokenvectors.MaxSimScorer;
import io.trident.codec.tokenvectors.QueryTokenVectors;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsValues;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Weight;

/**
 * Scores documents that have token vectors by MaxSim: for each query vector the largest dot product
 * with one of the document's, summed (ColBERT: Khattab and Zaharia, SIGIR 2020). A sum below zero
 * counts as zero, because Lucene's scores are never negative. Query vectors may compare with the
 * tokens of one id alone (COIL: Gao, Dai and Callan, NAACL 2021). Documents without tokens do not
 * match. Scores all documents with the field, or, with a {@link FirstStage}, those of each segment
 * that promise the most. Immutable, thread-safe.
 */
public final class MaxSimQuery extends Query {

  private final String field;
  private final int dimension;
  private final float[] vectors;

  /** The id of the tokens that each vector compares with, or null when it compares with all. */
  private final int[] ids;

  private final FirstStage firstStage;

  /** Null when nothing is asked of units. */
  private final Units units;

  private final Query filter;
  private final List<String> words;
  private final Coding coding;
  private final ScoringBudget budget;

  /**
   * How a field is coded, for documents that are not yet.
   *
   * @param encoding of its vectors
   * @param similarity between them
   */
  private record Coding(TokenVectorsEncoding encoding, TokenSimilarity similarity) {}

  /**
   * What is asked of the units of documents, their sentences say.
   *
   * @param best whether a document's score is that of its best unit, not of the whole
   * @param count how many of a hit's units are told at most, 1 or more
   */
  public record Units(boolean best, int count) {

    public Units {
      if (count < 1) {
        throw new IllegalArgumentException("count must be at least [1], got [" + count + "]");
      }
    }
  }

  /**
   * A unit of a document.
   *
   * @param first its first token
   * @param end the token behind its last one
   * @param score the MaxSim of its tokens alone, which may be negative
   */
  public record Unit(int first, int end, float score) {}

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
   * @param token its place among the document's tokens; -1 when the query vector compares with none
   * @param tokenId its vocabulary id, or -1
   * @param similarity the largest that the query vector has with any token that it compares with
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
    this(field, dimension, flatQueryVectors, null, firstStage, null, filter, words, null, null);
  }

  private MaxSimQuery(
      String field,
      int dimension,
      float[] flatQueryVectors,
      int[] ids,
      FirstStage firstStage,
      Units units,
      Query filter,
      List<String> words,
      Coding coding,
      ScoringBudget budget) {
    this.ids = ids;
    this.units = units;
    this.coding = coding;
    this.budget = budget;
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

  /**
   * The same query, which also scores documents that no segment of ours holds, such as those that a
   * percolator tries, as if they were indexed in a field of this coding.
   */
  public MaxSimQuery coding(TokenVectorsEncoding encoding, TokenSimilarity similarity) {
    return new MaxSimQuery(
        field,
        dimension,
        vectors,
        ids,
        firstStage,
        units,
        filter,
        words,
        new Coding(encoding, similarity),
        budget);
  }

  /**
   * The same query, each of whose vectors compares with the tokens of one id alone and adds nothing
   * where there is none. It scores every document: no first stage finds the best of those.
   *
   * @param tokenIds one per vector
   */
  public MaxSimQuery sameTokens(int[] tokenIds) {
    if (tokenIds.length != vectors.length / dimension || firstStage != null) {
      throw new IllegalArgumentException(
          "field ["
              + field
              + "] must be searched with one id per vector and without candidates, got ["
              + tokenIds.length
              + "] ids and ["
              + firstStage
              + "]");
    }
    return new MaxSimQuery(
        field, dimension, vectors, tokenIds.clone(), null, units, filter, words, coding, budget);
  }

  /** The same query, which asks for units of documents too. */
  public MaxSimQuery units(Units asked) {
    return new MaxSimQuery(
        field, dimension, vectors, ids, firstStage, asked, filter, words, coding, budget);
  }

  /** What is asked of the units of documents, or null. */
  public Units units() {
    return units;
  }

  /**
   * The same query, which scores candidates in the order of what they promise, over all segments,
   * for as long as a budget lasts, and matches those that it has scored. Who asks it for the scores
   * of given documents, as a rescorer, keeps the budget itself.
   */
  public MaxSimQuery budget(ScoringBudget limit) {
    return new MaxSimQuery(
        field, dimension, vectors, ids, firstStage, units, filter, words, coding, limit);
  }

  /** How long it scores, or null for as long as it takes. */
  public ScoringBudget budget() {
    return budget;
  }

  /** The field that is searched. */
  public String field() {
    return field;
  }

  /** The query vectors, to be shared by the scorers of one search. */
  QueryTokenVectors tokenVectors() {
    return new QueryTokenVectors(dimension, vectors, ids);
  }

  /** How candidates are found, or null. */
  FirstStage firstStage() {
    return firstStage;
  }

  /** The word of a query vector in brackets, or nothing when there are no words. */
  String word(int vector) {
    return words.isEmpty() ? "" : ", the word [" + words.get(vector) + "]";
  }

  @Override
  public Query rewrite(IndexSearcher searcher) throws IOException {
    if (filter == null) {
      return this;
    }
    Query rewritten = filter.rewrite(searcher);
    return rewritten == filter
        ? this
        : new MaxSimQuery(
            field, dimension, vectors, ids, firstStage, units, rewritten, words, coding, budget);
  }

  /**
   * The answers to all query vectors in one document; none when it has no tokens. Their
   * similarities add up to its MaxSim.
   */
  public List<Answer> answers(LeafReaderContext context, int doc) throws IOException {
    TokenVectorsValues values = values(context);
    return values == null || values.advanceExact(doc) == false
        ? List.of()
        : answers(values, values.scorer(tokenVectors()));
  }

  /** The best units of a document, the best first; as many as are asked for. */
  public List<Unit> bestUnits(LeafReaderContext context, int doc) throws IOException {
    TokenVectorsValues values = values(context);
    if (values == null || values.advanceExact(doc) == false || values.tokenCount() == 0) {
      return List.of();
    }
    int[] starts = TokenUnits.of(context.reader(), field).starts(doc);
    float[] scores = values.scorer(tokenVectors()).scoreUnits(starts);
    List<Unit> found = new ArrayList<>();
    for (int i = 0; i < starts.length; i++) {
      int end = i + 1 < starts.length ? starts[i + 1] : values.tokenCount();
      found.add(new Unit(starts[i], end, scores[i]));
    }
    found.sort(Comparator.comparing(Unit::score).reversed());
    return found.subList(0, Math.min(units.count, found.size()));
  }

  static List<Answer> answers(TokenVectorsValues values, MaxSimScorer scorer) throws IOException {
    List<Answer> answers = new ArrayList<>();
    if (values.tokenCount() > 0) {
      scorer.score();
      for (int token : scorer.bestTokens()) {
        float similarity = scorer.bestSimilarity(answers.size());
        answers.add(new Answer(token, token < 0 ? -1 : values.tokenId(token), similarity));
      }
    }
    return answers;
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost)
      throws IOException {
    Weight among =
        filter == null ? null : searcher.createWeight(filter, ScoreMode.COMPLETE_NO_SCORES, 1);
    MaxSimWeight weight = new MaxSimWeight(this, boost, among);
    return budget == null || budget.isKeptOutside() || scoreMode.needsScores() == false
        ? weight
        : new BudgetedMaxSimWeight(weight, searcher.getLeafContexts(), budget);
  }

  /**
   * The token vectors of a segment, or null when no document has any. A reader that gives values of
   * its own is taken at its word, and never looked through: it may hide or change them.
   */
  TokenVectorsValues values(LeafReaderContext context) throws IOException {
    if (context.reader().getFieldInfos().fieldInfo(field) == null) {
      return null;
    }
    BinaryDocValues values = context.reader().getBinaryDocValues(field);
    if (values == null) {
      return null;
    }
    if (values instanceof TokenVectorsValues tokens) {
      return checked(tokens);
    }
    Coding stored = coding(context);
    if (stored != null) {
      return new UncodedTokenVectors(values, field, dimension, stored.encoding, stored.similarity);
    }
    throw new IllegalArgumentException(
        "field ["
            + field
            + "] is not stored as token vectors; the index needs the setting [index.codec] with the"
            + " value [trident]");
  }

  /** How the values of a reader are coded, or null when nobody says. */
  private Coding coding(LeafReaderContext context) throws IOException {
    return FilterLeafReader.unwrap(context.reader()).getBinaryDocValues(field)
                instanceof TokenVectorsValues tokens
            && checked(tokens) != null
        ? new Coding(tokens.encoding(), tokens.similarity())
        : coding;
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
        + (ids == null ? "" : " with the same tokens")
        + (units == null ? "" : ", " + units)
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
        && Objects.equals(units, other.units)
        && Objects.equals(filter, other.filter)
        && Objects.equals(budget, other.budget)
        && Arrays.equals(vectors, other.vectors)
        && Arrays.equals(ids, other.ids);
  }

  @Override
  public int hashCode() {
    return 31 * Objects.hash(classHash(), field, dimension, firstStage, units, filter)
        + 31 * Arrays.hashCode(ids)
        + Arrays.hashCode(vectors);
  }
}
