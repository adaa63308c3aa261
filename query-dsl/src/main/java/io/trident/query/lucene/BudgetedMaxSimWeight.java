/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.tokenvectors.CandidateSearch.Candidates;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.FilterWeight;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;

/**
 * Scores the candidates of a {@link MaxSimWeight} until a budget is over: those that promise most
 * first, whatever segment they are in. So all are scored when the first segment is asked for, and
 * the documents match that have a score. Those of segments without centroids are the first: there
 * are few. Thread-safe.
 */
final class BudgetedMaxSimWeight extends FilterWeight {

  private final MaxSimWeight weight;
  private final List<LeafReaderContext> segments;
  private final ScoringBudget budget;
  private Map<Integer, List<Candidate>> scored;

  /**
   * A document of a segment.
   *
   * @param score what it promises, or has
   */
  private record Candidate(int segment, int document, float score) {
    private static final Comparator<Candidate> IN_PLACE =
        Comparator.comparingInt(Candidate::segment).thenComparingInt(Candidate::document);
    private static final Comparator<Candidate> BEST_FIRST =
        Comparator.comparingDouble(Candidate::score).reversed().thenComparing(IN_PLACE);
  }

  /**
   * Scores nothing yet.
   *
   * @param segments those that are searched
   */
  BudgetedMaxSimWeight(
      MaxSimWeight weight, List<LeafReaderContext> segments, ScoringBudget budget) {
    super(weight);
    this.weight = weight;
    this.segments = segments;
    this.budget = budget;
  }

  @Override
  public ScorerSupplier scorerSupplier(LeafReaderContext context) throws IOException {
    ScorerSupplier all = weight.scorerSupplier(context);
    return all == null
        ? null
        : new ScorerSupplier() {
          @Override
          public Scorer get(long leadCost) throws IOException {
            return new ScoredDocuments(scored().getOrDefault(context.ord, List.of()));
          }

          @Override
          public long cost() {
            return all.cost();
          }
        };
  }

  /** What a first stage finds, and what there is time for, changes. */
  @Override
  public boolean isCacheable(LeafReaderContext context) {
    return false;
  }

  private synchronized Map<Integer, List<Candidate>> scored() throws IOException {
    if (scored == null) {
      scored =
          scoreBestFirst().stream()
              .sorted(Candidate.IN_PLACE)
              .collect(Collectors.groupingBy(Candidate::segment));
    }
    return scored;
  }

  private List<Candidate> scoreBestFirst() throws IOException {
    long start = System.nanoTime();
    List<Candidate> candidates = candidates();
    BudgetedRounds rounds = budget.rounds(candidates.size(), start);
    List<Candidate> some = new ArrayList<>();
    for (int count = rounds.next(); count > 0; count = rounds.next()) {
      score(candidates.subList(rounds.dealt() - count, rounds.dealt()), some);
    }
    budget.count(rounds.dealt(), candidates.size() - rounds.dealt());
    return some;
  }

  private List<Candidate> candidates() throws IOException {
    List<Candidate> candidates = new ArrayList<>();
    for (LeafReaderContext segment : segments) {
      Candidates found = weight.candidates(segment);
      for (int i = 0; i < found.documents().length; i++) {
        candidates.add(new Candidate(segment.ord, found.documents()[i], found.estimates()[i]));
      }
    }
    candidates.sort(Candidate.BEST_FIRST);
    return candidates;
  }

  /** Scores a round, segment by segment. */
  private void score(List<Candidate> round, List<Candidate> into) throws IOException {
    Map<Integer, int[]> documents =
        round.stream()
            .collect(
                Collectors.groupingBy(
                    Candidate::segment,
                    Collectors.collectingAndThen(
                        Collectors.toList(),
                        some -> some.stream().mapToInt(Candidate::document).sorted().toArray())));
    for (LeafReaderContext segment : segments) {
      int[] some = documents.get(segment.ord);
      if (some != null) {
        float[] scores = weight.score(segment, some);
        for (int i = 0; i < some.length; i++) {
          into.add(new Candidate(segment.ord, some[i], scores[i]));
        }
      }
    }
  }

  /** Documents of a segment with their scores. */
  private static final class ScoredDocuments extends Scorer {
    private final List<Candidate> scored;
    private final AscendingDocuments documents;

    private ScoredDocuments(List<Candidate> scored) {
      this.scored = scored;
      this.documents =
          new AscendingDocuments(scored.stream().mapToInt(Candidate::document).toArray());
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
    public float score() {
      return scored.get(documents.place()).score;
    }

    @Override
    public float getMaxScore(int upTo) {
      return Float.POSITIVE_INFINITY;
    }
  }
}
