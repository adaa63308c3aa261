/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

import io.trident.query.fusion.Combination;
import io.trident.query.fusion.DocKey;
import io.trident.query.fusion.FusionSettings;
import io.trident.query.fusion.Normalization;
import io.trident.query.fusion.RankFusion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.tests.util.LuceneTestCase;

/** Fits shares against a naive reference, and what is stated of them. */
public class ShareFitTests extends LuceneTestCase {

  private static final int DOCUMENTS = 30;
  private static final int FOLDS = 3;

  private static final FusionSettings PRESENT =
      new FusionSettings(
          new RankFusion(Combination.ARITHMETIC_MEAN, Normalization.MIN_MAX, 60),
          25,
          List.of(1f, 2f));

  private final List<JudgedQuery> queries = new ArrayList<>();
  private final List<Map<DocKey, Float>> scores = new ArrayList<>();

  private static DocKey key(int id) {
    return new DocKey("index", 0, Integer.toString(id));
  }

  /** A query of which a cross-encoder knows as much as {@code known} of the grades. */
  private void add(float known) {
    List<List<RankFusion.Scored>> legs = List.of(new ArrayList<>(), new ArrayList<>());
    Map<Ratings.Rated, Double> grades = new HashMap<>();
    Map<DocKey, Float> second = new HashMap<>();
    for (int id = 0; id < DOCUMENTS; id++) {
      double grade = random().nextInt(5) == 0 ? 1 + random().nextInt(2) : 0;
      grades.put(new Ratings.Rated(null, Integer.toString(id)), grade);
      for (List<RankFusion.Scored> leg : legs) {
        leg.add(new RankFusion.Scored(key(id), random().nextFloat()));
      }
      second.put(key(id), known * (float) grade + (1 - known) * random().nextFloat());
    }
    grades.put(new Ratings.Rated(null, "7"), 2.0);
    queries.add(new JudgedQuery(legs, new Ratings(grades)));
    scores.add(second);
  }

  private FitResult fused() {
    return new FusionFit(queries, PRESENT, List.of(10), FOLDS, 42).run((done, all) -> {});
  }

  /** By the definition: min-max of both scores over the window, and a stable sort. */
  private double naive(int query, FusionSettings settings, int window, float share) {
    List<RankFusion.Scored> ranking = queries.get(query).ranking(settings, 1_000);
    List<RankFusion.Scored> top = ranking.subList(0, Math.min(window, ranking.size()));
    Map<DocKey, Double> combined = new HashMap<>();
    for (RankFusion.Scored hit : top) {
      double first = scaled(hit.score(), top.stream().map(RankFusion.Scored::score).toList());
      float cross = scores.get(query).get(hit.key());
      double second = scaled(cross, top.stream().map(t -> scores.get(query).get(t.key())).toList());
      combined.put(hit.key(), share == 0 ? cross : share * first + (1 - share) * second);
    }
    List<RankFusion.Scored> all = new ArrayList<>(top);
    all.sort(Comparator.comparingDouble(hit -> -(float) (double) combined.get(hit.key())));
    all.addAll(ranking.subList(top.size(), ranking.size()));
    double[] gains =
        all.stream()
            .limit(10)
            .mapToDouble(hit -> queries.get(query).ratings().gain(hit.key()))
            .toArray();
    return Ndcg.of(gains, queries.get(query).ratings().ideal());
  }

  private static double scaled(float value, List<Float> all) {
    float least = all.stream().min(Comparator.naturalOrder()).orElseThrow();
    float most = all.stream().max(Comparator.naturalOrder()).orElseThrow();
    return most == least ? 1 : ((double) value - least) / ((double) most - least);
  }

  public void testEachQueryHasTheValueOfWhatWasNotFittedToIt() {
    for (int i = 0; i < 12; i++) {
      add(random().nextFloat());
    }
    int window = 1 + random().nextInt(DOCUMENTS);
    float present = random().nextFloat();
    FitResult fused = fused();
    FitResult result = new ShareFit(queries, fused, window).run(scores, present);
    double training = 0;
    for (int query = 0; query < queries.size(); query++) {
      FusionSettings outside = result.folds().get(result.foldOf().get(query));
      assertEquals(naive(query, PRESENT, window, present), result.presentValues()[query], 1e-9);
      assertEquals(
          naive(query, outside, window, outside.firstStageWeight()),
          result.fittedValues()[query],
          1e-9);
      training += naive(query, outside, window, result.fitted().firstStageWeight());
    }
    assertEquals(training / queries.size(), result.training(), 1e-9);
    assertEquals(fused.foldOf(), result.foldOf());
    assertEquals(PRESENT.withFirstStageWeight(present), result.present());
    assertEquals(fused.fitted(), result.fitted().withFirstStageWeight(null));
  }

  public void testNoShareIsBetterOnTheOtherFolds() {
    for (int i = 0; i < 9; i++) {
      add(0.3f);
    }
    FitResult result = new ShareFit(queries, fused(), 15).run(scores, 0.8f);
    for (int fold = 0; fold < FOLDS; fold++) {
      double best = outside(result, fold, result.folds().get(fold).firstStageWeight());
      for (int percent = 0; percent <= 100; percent += 10) {
        assertTrue(outside(result, fold, percent / 100f) <= best + 1e-8);
      }
    }
  }

  private double outside(FitResult result, int fold, float share) {
    double sum = 0;
    for (int query = 0; query < queries.size(); query++) {
      int itsFold = result.foldOf().get(query);
      sum += itsFold == fold ? 0 : naive(query, result.folds().get(itsFold), 15, share);
    }
    return sum;
  }

  public void testACrossEncoderThatKnowsAllGetsTheRanking() {
    for (int i = 0; i < 30; i++) {
      add(1);
    }
    FitResult knowing = new ShareFit(queries, fused(), 25).run(scores, 0.8f);
    assertTrue(knowing.fitted().firstStageWeight() < 0.5f);
    assertTrue(knowing.isRecommended());
    assertTrue(knowing.fittedMean() > knowing.presentMean());
  }

  public void testOnlyTheTopOfBothRankingsIsScored() {
    for (int i = 0; i < 6; i++) {
      add(0.5f);
    }
    FitResult fused = fused();
    ShareFit fit = new ShareFit(queries, fused, 5);
    for (int query = 0; query < queries.size(); query++) {
      FusionSettings outside = fused.folds().get(fused.foldOf().get(query));
      List<DocKey> documents = new ArrayList<>(fit.documents(query));
      assertTrue(documents.size() <= 10);
      for (FusionSettings settings : List.of(PRESENT, outside)) {
        for (RankFusion.Scored hit : queries.get(query).ranking(settings, 5)) {
          assertTrue(documents.contains(hit.key()));
        }
      }
      // what is gone meanwhile is the worst
      scores.get(query).remove(documents.get(0));
    }
    FitResult result = fit.run(scores, 0);
    assertEquals(6, result.presentValues().length);
  }
}
