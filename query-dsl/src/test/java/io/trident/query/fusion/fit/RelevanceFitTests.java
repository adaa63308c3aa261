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

/** Fits maps to hits whose probability of relevance is known. */
public class RelevanceFitTests extends LuceneTestCase {

  private static final FusionSettings SETTINGS =
      new FusionSettings(
          new RankFusion(Combination.ARITHMETIC_MEAN, Normalization.MIN_MAX, 60),
          50,
          List.of(1f, 1f));

  /** Ten documents, each relevant with the probability that the map gives its scores. */
  private static JudgedQuery query(double intercept, double first, double second, float quality) {
    List<RankFusion.Scored> one = new ArrayList<>();
    List<RankFusion.Scored> other = new ArrayList<>();
    Map<Ratings.Rated, Double> grades = new HashMap<>();
    for (int id = 0; id < Ndcg.DEPTH; id++) {
      DocKey key = new DocKey("index", 0, Integer.toString(id));
      float a = quality + random().nextFloat();
      float b = 10 * random().nextFloat();
      boolean isMissing = random().nextInt(4) == 0;
      one.add(new RankFusion.Scored(key, a));
      if (isMissing == false) {
        other.add(new RankFusion.Scored(key, b));
      }
      double p = 1 / (1 + Math.exp(-(intercept + first * a + (isMissing ? 0 : second * b))));
      grades.put(
          new Ratings.Rated(null, Integer.toString(id)), random().nextDouble() < p ? 1.0 : 0.0);
    }
    return new JudgedQuery(List.of(one, other), new Ratings(grades));
  }

  private static RelevanceResult fit(List<JudgedQuery> queries) {
    return new RelevanceFit(List.of("one", "other"), queries, SETTINGS, 5, 7).run();
  }

  public void testTheMapIsTheOneByWhichDocumentsAreRelevant() {
    List<JudgedQuery> queries = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      queries.add(query(-4, 3, 0.3, random().nextInt(2)));
    }
    RelevanceResult result = fit(queries);
    assertEquals(-4, result.map().intercept(), 0.5);
    assertEquals(0, result.map().fused(), 0.5);
    assertEquals(3, result.map().legs().get("one"), 0.3);
    assertEquals(0.3, result.map().legs().get("other"), 0.1);
    assertEquals(10 * queries.size(), result.hits().size());
    double calibrated = 0;
    for (RelevanceResult.Hit hit : result.hits()) {
      calibrated += hit.probability() - (hit.isRelevant() ? 1 : 0);
    }
    assertEquals("probabilities are frequencies", 0, calibrated / result.hits().size(), 0.01);
  }

  /** Fused scores of a query of noise are as high as those of others, and raw ones are not. */
  public void testNoiseIsTold() {
    List<JudgedQuery> queries = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      queries.add(query(-30, 20, 0, i % 2 == 0 ? 2 : 0));
    }
    RelevanceResult result = fit(queries);
    RelevanceResult.Point cut = result.withPrecision(1);
    assertEquals(1, cut.precision(), 0);
    assertTrue(result.averagePrecision() > result.fusedAveragePrecision() + 0.1);
    int foreign = (int) result.answerable().stream().filter(one -> one == false).count();
    assertTrue(foreign > 20);
    assertEquals(foreign, result.empty(cut.probability(), false));
    assertEquals(0, result.empty(cut.probability(), true));
  }

  /** By counting, for each threshold that a hit has. */
  public void testTheCurveIsThatOfTheProbabilities() {
    List<JudgedQuery> queries = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      queries.add(query(-2, 1, 0.2, 0));
    }
    RelevanceResult result = fit(queries);
    double wanted = 0.2 + 0.6 * random().nextDouble();
    double best = -1;
    for (RelevanceResult.Hit at : result.hits()) {
      double reached = 0;
      double found = 0;
      for (RelevanceResult.Hit hit : result.hits()) {
        reached += hit.probability() >= at.probability() ? 1 : 0;
        found += hit.probability() >= at.probability() && hit.isRelevant() ? 1 : 0;
      }
      RelevanceResult.Point point = result.at(at.probability());
      assertEquals(found / reached, point.precision(), 1e-12);
      assertEquals(found / result.relevant(), point.recall(), 1e-12);
      best = found / reached >= wanted ? Math.max(best, point.recall()) : best;
    }
    RelevanceResult.Point cut = result.withPrecision(wanted);
    assertEquals(best, cut == null ? -1 : cut.recall(), 1e-12);
    assertNull(result.at(1.1));
    List<RelevanceResult.Hit> ranked = new ArrayList<>(result.hits());
    ranked.sort(Comparator.comparingDouble(hit -> -hit.probability()));
    double sum = 0;
    int found = 0;
    for (int i = 0; i < ranked.size(); i++) {
      found += ranked.get(i).isRelevant() ? 1 : 0;
      sum += ranked.get(i).isRelevant() ? found / (i + 1.0) : 0;
    }
    assertEquals(sum / result.relevant(), result.averagePrecision(), 1e-2);
  }

  public void testAFeatureThatTellsAllApartHasAFiniteFactor() {
    double[][] features = {{0, 5}, {1, 5}, {2, 5}, {3, 5}};
    double[] factors = LogisticRegression.fit(features, new boolean[] {false, false, true, true});
    assertTrue(factors[1] > 0);
    assertTrue(Double.isFinite(factors[0]));
    assertEquals("a feature that is always the same tells nothing", 0, factors[2], 0);
    assertEquals(0.5, LogisticRegression.probability(factors, new double[] {1.5, 5}), 1e-6);
  }

  public void testHitsOfOneKindAreRefused() {
    JudgedQuery nothing = query(-100, 0, 0, 0);
    IllegalArgumentException refused =
        expectThrows(
            IllegalArgumentException.class,
            () -> fit(List.of(nothing, nothing, nothing, nothing, nothing)));
    assertTrue(refused.getMessage(), refused.getMessage().contains("[0] relevant ones of [50]"));
  }
}
