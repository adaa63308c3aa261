/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.impacts.ImpactQuantizer;
import io.trident.codec.impacts.ImpactTerms;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TermStates;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.CollectionStatistics;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.BytesRef;

/**
 * Scores documents by the dot product of a learned sparse query and the impacts of a field: {@code
 * sum over tokens of weight(query) * weight(document)}. A document matches when they share a token.
 *
 * <p>Unless an {@link Approximation} is asked for, the result is exact: equal to scoring every
 * document by its stored impacts, with the query's weights as {@link SparseQueryVector} rounds
 * them. Blocks of documents whose bound cannot reach the k-th best score so far are skipped
 * (Mallia, Suel and Tonellotto, SIGIR 2024). Immutable, thread-safe.
 */
public final class LearnedSparseQuery extends Query {

  private final String field;
  private final List<String> tokens;
  private final float[] weights;
  private final ImpactQuantizer quantizer;
  private final SparseQueryVector vector;
  private final Approximation approximation;
  private final BlockCounts.Source counts;
  private final boolean idf;
  private final int hits;

  /** Asked when a segment is searched: whether the query is still the whole search. */
  private final BooleanSupplier whole;

  private final boolean distinct;

  /**
   * Makes the query.
   *
   * @param field a field indexed with impacts as frequencies
   * @param tokens distinct tokens, at most 65,535
   * @param weights one positive, finite weight per token
   * @param quantizer the field's quantiser
   */
  public LearnedSparseQuery(
      String field, List<String> tokens, float[] weights, ImpactQuantizer quantizer) {
    this.approximation = Approximation.NONE;
    this.counts = BlockCounts.Source.NONE;
    this.idf = false;
    this.hits = 0;
    this.whole = () -> false;
    this.distinct = false;
    this.field = Objects.requireNonNull(field, "field");
    this.tokens = List.copyOf(tokens);
    this.weights = weights.clone();
    this.quantizer = Objects.requireNonNull(quantizer, "quantizer");
    if (this.tokens.size() != weights.length) {
      throw new IllegalArgumentException(
          "a query must have one weight per token, got ["
              + this.tokens.size()
              + "] tokens and ["
              + weights.length
              + "] weights");
    }
    if (weights.length > SparseQueryVector.MAX_TOKENS) {
      throw new IllegalArgumentException(
          "a query must have at most ["
              + SparseQueryVector.MAX_TOKENS
              + "] tokens, got ["
              + weights.length
              + "]");
    }
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] > 0 == false || Float.isInfinite(weights[i])) {
        throw new IllegalArgumentException(
            "weight of token ["
                + tokens.get(i)
                + "] must be positive and finite, got ["
                + weights[i]
                + "]");
      }
    }
    checkLargestScore();
    this.vector = new SparseQueryVector(this.tokens, this.weights, quantizer);
  }

  /** A document with all tokens and the largest impacts must have a finite score. */
  private void checkLargestScore() {
    double sum = 0;
    for (float weight : weights) {
      sum += weight;
    }
    double largest = sum * quantizer.dequantize(ImpactQuantizer.MAX_IMPACT);
    if (largest > Float.MAX_VALUE) {
      throw new IllegalArgumentException(
          "weights of tokens on field ["
              + field
              + "] must give finite scores, got a sum of ["
              + sum
              + "], with which a score may be ["
              + largest
              + "]");
    }
  }

  /** Another way to run a query. */
  private LearnedSparseQuery(
      LearnedSparseQuery query,
      Approximation approximation,
      BlockCounts.Source counts,
      boolean idf,
      int hits,
      BooleanSupplier whole,
      boolean distinct) {
    this.field = query.field;
    this.tokens = query.tokens;
    this.weights = query.weights;
    this.quantizer = query.quantizer;
    this.vector = query.vector;
    this.approximation = approximation;
    this.counts = counts;
    this.idf = idf;
    this.hits = hits;
    this.whole = whole;
    this.distinct = distinct;
  }

  /**
   * The same query for a caller that asks for its scores alone and keeps the best {@code hits} of
   * them: as the whole query, not as a clause of another. Once the caller has said what the least
   * competitive score is, documents that cannot be among the best {@code hits} of their segment may
   * be left out before the caller has seen that many good ones. Without it the search is as exact,
   * and slower.
   *
   * @param hits at least 1
   * @param whole says when a segment is searched whether the query is not a clause by then
   */
  public LearnedSparseQuery keeping(int hits, BooleanSupplier whole) {
    if (hits < 1) {
      throw new IllegalArgumentException("hits must be at least 1, got [" + hits + "]");
    }
    return new LearnedSparseQuery(this, approximation, counts, idf, hits, whole, distinct);
  }

  /** The same as {@link #keeping(int, BooleanSupplier)} for a query that never is a clause. */
  public LearnedSparseQuery keeping(int hits) {
    return keeping(hits, () -> true);
  }

  /** The same query, as exact as {@code allowed}. */
  public LearnedSparseQuery approximate(Approximation allowed) {
    return new LearnedSparseQuery(this, allowed, counts, idf, hits, whole, distinct);
  }

  /** The same query, which says what it does in each segment. */
  public LearnedSparseQuery counted(BlockCounts.Source source) {
    return new LearnedSparseQuery(this, approximation, source, idf, hits, whole, distinct);
  }

  /**
   * The same query with each weight times the token's inverse document frequency, {@code ln(1 + (N
   * - n + 0.5) / (n + 0.5))} for {@code n} of the {@code N} documents with the field, as the
   * searcher counts them.
   */
  public LearnedSparseQuery weightedByIdf() {
    return new LearnedSparseQuery(this, approximation, counts, true, hits, whole, distinct);
  }

  /** The field that is searched. */
  public String field() {
    return field;
  }

  /** The query in integers, without inverse document frequencies. */
  SparseQueryVector vector() {
    return vector;
  }

  /**
   * While somebody counts, each query of a search becomes one that equals no other, so that what
   * two equal ones do is not taken for that of one.
   */
  @Override
  public Query rewrite(IndexSearcher searcher) {
    return counts.areAsked(searcher) && distinct == false
        ? new LearnedSparseQuery(this, approximation, counts, idf, hits, whole, true)
        : this;
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost)
      throws IOException {
    return new LearnedSparseWeight(
        searcher, idf ? weightedByIdf(searcher) : vector, scoreMode, boost);
  }

  /**
   * A shard without a token cannot tell its frequency, so that the scale must not depend on it:
   * else the shards would round the other weights differently.
   */
  private SparseQueryVector weightedByIdf(IndexSearcher searcher) throws IOException {
    CollectionStatistics collection = searcher.collectionStatistics(field);
    if (collection == null) {
      return vector;
    }
    float[] weighted = weights.clone();
    float[] largest = weights.clone();
    float[] least = weights.clone();
    for (int i = 0; i < weighted.length; i++) {
      largest[i] = product(weights[i], idf(collection.docCount(), 0));
      least[i] = product(weights[i], idf(collection.docCount(), collection.docCount()));
      Term term = new Term(field, tokens.get(i));
      TermStates states = TermStates.build(searcher, term, true);
      if (states.docFreq() > 0) {
        long count =
            searcher.termStatistics(term, states.docFreq(), states.totalTermFreq()).docFreq();
        weighted[i] = product(weights[i], idf(collection.docCount(), count));
      }
    }
    return new SparseQueryVector(tokens, weighted, largest, least, quantizer);
  }

  private static double idf(long documents, long count) {
    double rest = Math.max(0, documents - count);
    return Math.log(1 + (rest + 0.5) / (count + 0.5));
  }

  private static float product(float weight, double idf) {
    return (float) Math.min(Float.MAX_VALUE, weight * idf);
  }

  private final class LearnedSparseWeight extends Weight {
    private final IndexSearcher searcher;
    private final SparseQueryVector vector;
    private final ScoreMode scoreMode;
    private final float boost;

    private LearnedSparseWeight(
        IndexSearcher searcher, SparseQueryVector vector, ScoreMode scoreMode, float boost) {
      super(LearnedSparseQuery.this);
      this.searcher = searcher;
      this.vector = vector;
      this.scoreMode = scoreMode;
      this.boost = boost;
    }

    @Override
    public ScorerSupplier scorerSupplier(LeafReaderContext context) throws IOException {
      Terms terms = context.reader().terms(field);
      if (terms == null) {
        return null;
      }
      ImpactTerms impacts = QueryBlocks.impactTerms(context.reader(), field, terms);
      if (impacts == null) {
        return new DefaultScorerSupplier(uncoded(context, terms));
      }
      BlockCounts done =
          distinct ? counts.of(searcher, LearnedSparseQuery.this, context) : BlockCounts.NONE;
      int maxDoc = context.reader().maxDoc();
      QueryBlocks blocks = QueryBlocks.open(impacts, maxDoc, vector, approximation, done);
      if (blocks == null) {
        return null;
      }
      return new ScorerSupplier() {
        @Override
        public Scorer get(long leadCost) throws IOException {
          return new LearnedSparseScorer(blocks, vector, boost, pruning(context), done, maxDoc);
        }

        @Override
        public long cost() {
          return blocks.cost();
        }
      };
    }

    private UncodedImpacts uncoded(LeafReaderContext context, Terms terms) throws IOException {
      boolean tokens = QueryBlocks.isStored(context.reader(), field);
      return new UncodedImpacts(terms, tokens, vector, boost);
    }

    /** How far documents may be left out. */
    private Pruning pruning(LeafReaderContext context) {
      return scoreMode == ScoreMode.TOP_SCORES && boost > 0
          ? new Pruning(whole.getAsBoolean() ? hits : 0, context.reader().getLiveDocs())
          : null;
    }

    @Override
    public Explanation explain(LeafReaderContext context, int doc) throws IOException {
      Terms terms = context.reader().terms(field);
      if (terms == null) {
        return Explanation.noMatch("no document of the segment has the field [" + field + "]");
      }
      if (QueryBlocks.isStored(context.reader(), field) == false) {
        return explain(uncoded(context, terms), doc);
      }
      TermsEnum termsEnum = terms.iterator();
      long sum = 0;
      List<Explanation> details = new ArrayList<>();
      for (int i = 0; i < vector.tokens().length; i++) {
        BytesRef token = vector.tokens()[i];
        if (termsEnum.seekExact(token) == false) {
          continue;
        }
        PostingsEnum postings = termsEnum.postings(null, PostingsEnum.FREQS);
        if (postings.advance(doc) != doc) {
          continue;
        }
        long product = vector.weight(i) * postings.freq();
        sum += product;
        details.add(
            Explanation.match(
                boost * vector.score(product),
                "token [" + token.utf8ToString() + "], product of:",
                Explanation.match(boost, "boost"),
                Explanation.match(
                    vector.score(vector.weight(i)), "query weight times the step of impacts"),
                Explanation.match(
                    postings.freq(),
                    "impact, document weight " + quantizer.dequantize(postings.freq()))));
      }
      if (details.isEmpty()) {
        return Explanation.noMatch("no token of the query is in the field [" + field + "]");
      }
      return Explanation.match(
          boost * vector.score(sum), "learned_sparse on field [" + field + "], sum of:", details);
    }

    private Explanation explain(UncodedImpacts scorer, int doc) throws IOException {
      return scorer.iterator().advance(doc) == doc
          ? Explanation.match(scorer.score(), "learned_sparse on field [" + field + "]")
          : Explanation.noMatch("no token of the query is in the field [" + field + "]");
    }

    @Override
    public boolean isCacheable(LeafReaderContext context) {
      return idf == false; // which changes with other segments
    }
  }

  /** As a whole: the terms of documents that are not indexed yet are vectors, not tokens. */
  @Override
  public void visit(QueryVisitor visitor) {
    if (visitor.acceptField(field)) {
      visitor.visitLeaf(this);
    }
  }

  @Override
  public String toString(String defaultField) {
    return "learned_sparse(" + field + ", " + tokens.size() + " tokens)";
  }

  @Override
  public boolean equals(Object other) {
    return this == other || (sameClassAs(other) && equalsTo((LearnedSparseQuery) other));
  }

  private boolean equalsTo(LearnedSparseQuery other) {
    return distinct == false
        && other.distinct == false
        && field.equals(other.field)
        && tokens.equals(other.tokens)
        && Arrays.equals(weights, other.weights)
        && quantizer.equals(other.quantizer)
        && approximation.equals(other.approximation)
        && idf == other.idf
        && hits == other.hits;
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        classHash(), field, tokens, Arrays.hashCode(weights), quantizer, approximation, idf, hits);
  }
}
