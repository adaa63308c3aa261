/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.tokenvectors.CandidateSearch;
import io.trident.codec.tokenvectors.CandidateSearch.Candidates;
import io.trident.codec.tokenvectors.MaxSimScorer;
import io.trident.codec.tokenvectors.QueryTokenVectors;
import io.trident.codec.tokenvectors.TokenVectorsValues;
import io.trident.query.lucene.MaxSimQuery.Answer;
import io.trident.query.lucene.MaxSimQuery.FirstStage;
import io.trident.query.lucene.MaxSimQuery.Unit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.Bits;

/**
 * Scores documents of a {@link MaxSimQuery}: all that have tokens, those that a filter allows, or
 * the candidates of a first stage. Immutable.
 */
final class MaxSimWeight extends Weight {
  private final MaxSimQuery query;
  private final FirstStage firstStage;
  private final QueryTokenVectors vectors;
  private final float boost;
  private final Weight among;

  /** Makes a weight; {@code among} is the filter's, or null. */
  MaxSimWeight(MaxSimQuery query, float boost, Weight among) {
    super(query);
    this.query = query;
    this.firstStage = query.firstStage();
    this.vectors = query.tokenVectors();
    this.boost = boost;
    this.among = among;
  }

  @Override
  public ScorerSupplier scorerSupplier(LeafReaderContext context) throws IOException {
    TokenVectorsValues values = query.values(context);
    if (values == null) {
      return null;
    }
    return new ScorerSupplier() {
      @Override
      public Scorer get(long leadCost) throws IOException {
        return new DocumentScorer(
            documents(context, values), values.scorer(vectors), bestUnits(context));
      }

      @Override
      public long cost() {
        return firstStage == null || values.centroidLists() == null
            ? values.cost()
            : Math.min(values.cost(), firstStage.candidates());
      }
    };
  }

  /** The units of a segment's documents when they are scored by their best one, else null. */
  private TokenUnits bestUnits(LeafReaderContext context) throws IOException {
    return query.units() != null && query.units().best()
        ? TokenUnits.of(context.reader(), query.field())
        : null;
  }

  /**
   * Scores some documents of a segment.
   *
   * @param documents ascending, with tokens
   */
  float[] score(LeafReaderContext context, int[] documents) throws IOException {
    TokenVectorsValues values = query.values(context);
    MaxSimScorer scorer = values.scorer(vectors);
    TokenUnits units = bestUnits(context);
    float[] scores = new float[documents.length];
    for (int i = 0; i < documents.length; i++) {
      values.advanceExact(documents[i]);
      scores[i] = score(scorer, units, documents[i]);
    }
    return scores;
  }

  /**
   * Scores the document that the scorer's values stand on.
   *
   * @param units null when whole documents are scored
   */
  private float score(MaxSimScorer scorer, TokenUnits units, int document) throws IOException {
    float score = units == null ? scorer.score() : best(scorer.scoreUnits(units.starts(document)));
    return boost * Math.max(0, score);
  }

  private static float best(float[] scores) {
    float best = Float.NEGATIVE_INFINITY;
    for (float score : scores) {
      best = Math.max(best, score);
    }
    return best;
  }

  /** The documents to score; the values stand on the current one. */
  private DocIdSetIterator documents(LeafReaderContext context, TokenVectorsValues values)
      throws IOException {
    BitSet allowed = allowed(context);
    if (isScanned(values, allowed)) {
      return new DocumentsWithTokens(
          allowed == null ? values : new BitSetIterator(allowed, 0), values);
    }
    Bits accept = live(context.reader().getLiveDocs(), allowed);
    return new DocumentsWithTokens(
        new AscendingDocuments(search(values).find(firstStage.candidates(), accept)), values);
  }

  /**
   * The documents to score, those that promise most first; all of a segment that is scanned promise
   * more than any.
   */
  Candidates candidates(LeafReaderContext context) throws IOException {
    TokenVectorsValues values = query.values(context);
    BitSet allowed = allowed(context);
    Bits live = context.reader().getLiveDocs();
    if (values != null && isScanned(values, allowed) == false) {
      return search(values).bestFirst(firstStage.candidates(), live(live, allowed));
    }
    IntStream.Builder found = IntStream.builder();
    DocIdSetIterator all = values == null ? DocIdSetIterator.empty() : documents(context, values);
    for (int doc = all.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = all.nextDoc()) {
      if (live == null || live.get(doc)) {
        found.add(doc);
      }
    }
    int[] documents = found.build().toArray();
    float[] estimates = new float[documents.length];
    Arrays.fill(estimates, Float.POSITIVE_INFINITY);
    return new Candidates(documents, estimates);
  }

  private boolean isScanned(TokenVectorsValues values, BitSet allowed) {
    return firstStage == null
        || values.centroidLists() == null
        || (allowed != null && allowed.cardinality() <= firstStage.candidates());
  }

  private CandidateSearch search(TokenVectorsValues values) throws IOException {
    return new CandidateSearch(
        values.centroidLists(), vectors, values.similarity(), firstStage.probes());
  }

  /** What the filter lets through; null for all. */
  private BitSet allowed(LeafReaderContext context) throws IOException {
    if (among == null) {
      return null;
    }
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
    TokenVectorsValues values = query.values(context);
    if (values == null || documents(context, values).advance(doc) != doc) {
      return Explanation.noMatch(
          "the document has no token vectors in field [" + query.field() + "] or is no candidate");
    }
    if (query.units() != null && query.units().best()) {
      return explainUnits(context, doc);
    }
    List<Explanation> details = new ArrayList<>();
    double sum = 0;
    for (Answer answer : MaxSimQuery.answers(values, values.scorer(vectors))) {
      details.add(
          Explanation.match(
              answer.similarity(),
              "query vector ["
                  + details.size()
                  + "]"
                  + query.word(details.size())
                  + (answer.token() < 0
                      ? ": no such token"
                      : ": best token ["
                          + answer.token()
                          + "] with the id ["
                          + answer.tokenId()
                          + "]")));
      sum += answer.similarity();
    }
    return Explanation.match(
        boost * Math.max(0, (float) sum),
        "MaxSim, computed as " + boost + " * max(0, sum of the best similarities) from:",
        details);
  }

  private Explanation explainUnits(LeafReaderContext context, int doc) throws IOException {
    List<Explanation> details = new ArrayList<>();
    for (Unit unit : query.bestUnits(context, doc)) {
      details.add(
          Explanation.match(
              unit.score(),
              "MaxSim of the unit of the tokens [" + unit.first() + "] to [" + unit.end() + "]"));
    }
    return Explanation.match(
        boost * Math.max(0, details.get(0).getValue().floatValue()),
        "MaxSim, computed as " + boost + " * max(0, that of the best unit) from:",
        details);
  }

  /** What a first stage finds changes with every deleted document. */
  @Override
  public boolean isCacheable(LeafReaderContext context) {
    return firstStage == null && (among == null || among.isCacheable(context));
  }

  /** Scores documents one by one. */
  private final class DocumentScorer extends Scorer {
    private final DocIdSetIterator documents;
    private final MaxSimScorer scorer;

    /** Null when whole documents are scored. */
    private final TokenUnits units;

    private DocumentScorer(DocIdSetIterator documents, MaxSimScorer scorer, TokenUnits units) {
      this.documents = documents;
      this.units = units;
      this.scorer = scorer;
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
      return MaxSimWeight.this.score(scorer, units, docID());
    }

    @Override
    public float getMaxScore(int upTo) {
      return Float.POSITIVE_INFINITY;
    }
  }
}
