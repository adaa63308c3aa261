/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

import io.trident.query.fusion.Combination;
import io.trident.query.fusion.DocKey;
import io.trident.query.fusion.FusionSettings;
import io.trident.query.fusion.LegTable;
import io.trident.query.fusion.Normalization;
import io.trident.query.fusion.RankFusion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.tests.util.LuceneTestCase;

/** Fits against a naive reference, and what is stated of them. */
public class FusionFitTests extends LuceneTestCase {

  private static final float[] GRID = {
    0.02f, 0.05f, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.8f, 1, 1.25f, 1.6f, 2, 3, 5
  };

  private static DocKey key(int id) {
    return new DocKey("index" + id % 2, id % 3, Integer.toString(id));
  }

  private static JudgedQuery randomQuery(int legs) {
    List<List<RankFusion.Scored>> rankings = new ArrayList<>();
    for (int leg = 0; leg < legs; leg++) {
      List<RankFusion.Scored> ranking = new ArrayList<>();
      for (int id = 0; id < 30; id++) {
        if (random().nextInt(3) > 0) {
          ranking.add(new RankFusion.Scored(key(id), random().nextInt(20) / 4f));
        }
      }
      rankings.add(ranking);
    }
    return new JudgedQuery(rankings, randomRatings());
  }

  private static Ratings randomRatings() {
    Map<Ratings.Rated, Double> grades = new HashMap<>();
    for (int id = 0; id < 30; id++) {
      if (random().nextInt(4) == 0) {
        String index = random().nextBoolean() ? null : "index" + random().nextInt(2);
        grades.put(new Ratings.Rated(index, Integer.toString(id)), random().nextInt(4) - 1.0);
      }
    }
    grades.put(new Ratings.Rated(null, "7"), 2.0);
    return new Ratings(grades);
  }

  private static List<JudgedQuery> randomQueries(int count, int legs) {
    List<JudgedQuery> queries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      queries.add(randomQuery(legs));
    }
    return queries;
  }

  private static FusionSettings randomSettings(int legs) {
    Combination combination = Combination.values()[random().nextInt(Combination.values().length)];
    Normalization normalization =
        combination == Combination.RRF
            ? Normalization.NONE
            : Normalization.values()[random().nextInt(Normalization.values().length)];
    List<Float> weights = new ArrayList<>();
    for (int leg = 0; leg < legs; leg++) {
      weights.add(0.1f + random().nextFloat());
    }
    return new FusionSettings(
        new RankFusion(combination, normalization, 60), 5 + random().nextInt(30), weights);
  }

  /** By sorting everything, and summing gains over logarithms of ranks. */
  private static double naive(JudgedQuery query, FusionSettings settings) {
    List<List<RankFusion.Scored>> windows = new ArrayList<>();
    for (List<RankFusion.Scored> leg : query.legs()) {
      windows.add(
          leg.stream().sorted(RankFusion.Scored.BEST_FIRST).limit(settings.window()).toList());
    }
    LegTable table = new LegTable(settings.fusion(), windows);
    double[] weights = settings.weights().stream().mapToDouble(Float::doubleValue).toArray();
    int[] all = table.best(weights, Integer.MAX_VALUE);
    double gained = 0;
    for (int rank = 1; rank <= Math.min(10, all.length); rank++) {
      DocKey found = table.key(all[rank - 1]);
      Double grade = query.ratings().grades().get(new Ratings.Rated(found.index(), found.id()));
      if (grade == null) {
        grade = query.ratings().grades().get(new Ratings.Rated(null, found.id()));
      }
      gained += grade == null || grade < 0 ? 0 : grade / (Math.log(rank + 1) / Math.log(2));
    }
    List<Double> grades = new ArrayList<>(query.ratings().grades().values());
    grades.sort((one, other) -> Double.compare(other, one));
    double best = 0;
    for (int rank = 1; rank <= Math.min(10, grades.size()); rank++) {
      best += Math.max(0, grades.get(rank - 1)) / (Math.log(rank + 1) / Math.log(2));
    }
    return Math.min(1, gained / best);
  }

  private static double naiveMean(List<JudgedQuery> queries, FusionSettings settings) {
    return queries.stream().mapToDouble(query -> naive(query, settings)).average().orElseThrow();
  }

  private static FitResult fit(
      List<JudgedQuery> queries, FusionSettings present, List<Integer> windows, long seed) {
    return new FusionFit(queries, present, windows, 3, seed).run((done, all) -> {});
  }

  public void testPresentAndFittedValuesAreThoseOfTheSettings() {
    for (int round = 0; round < 5; round++) {
      int legs = 1 + random().nextInt(3);
      List<JudgedQuery> queries = randomQueries(3 + random().nextInt(10), legs);
      FusionSettings present = randomSettings(legs);
      FitResult result = fit(queries, present, List.of(5, 10), random().nextLong());
      for (int query = 0; query < queries.size(); query++) {
        assertEquals(naive(queries.get(query), present), result.presentValues()[query], 1e-9);
      }
      assertEquals(naiveMean(queries, result.fitted()), result.training(), 1e-9);
      assertTrue(result.training() >= result.presentMean() - 1e-9);
    }
  }

  public void testOfTwoLegsNoSettingsOfTheGridAreBetter() {
    List<JudgedQuery> queries = randomQueries(8, 2);
    FusionSettings present = randomSettings(2);
    FitResult result = fit(queries, present, List.of(5, 10), random().nextLong());
    float unit = Math.max(present.weights().get(0), present.weights().get(1));
    for (float multiple : GRID) {
      for (int window : new int[] {present.window(), 5, 10}) {
        FusionSettings tried =
            new FusionSettings(result.fitted().fusion(), window, List.of(unit, multiple * unit));
        assertTrue(naiveMean(queries, tried) <= result.training() + 1e-8);
      }
    }
  }

  public void testAQueryIsWorthWhatSettingsGiveItThatWereNotFittedToIt() {
    List<JudgedQuery> queries = randomQueries(9, 2);
    FusionSettings present = randomSettings(2);
    long seed = random().nextLong();
    FitResult result = fit(queries, present, List.of(5), seed);
    for (int query = 0; query < queries.size(); query++) {
      List<JudgedQuery> others = new ArrayList<>(queries);
      others.set(query, new JudgedQuery(queries.get(query).legs(), randomRatings()));
      FitResult changed = fit(others, present, List.of(5), seed);
      JudgedQuery itself = queries.get(query);
      double value = result.fittedValues()[query];
      assertTrue(
          "the settings of its fold do not depend on it",
          result.folds().stream()
              .filter(changed.folds()::contains)
              .anyMatch(settings -> Math.abs(naive(itself, settings) - value) < 1e-9));
    }
  }

  public void testTheSeedDecidesFoldsAndTheSameSeedGivesTheSameFit() {
    List<JudgedQuery> queries = randomQueries(9, 2);
    FusionSettings present = randomSettings(2);
    FitResult one = fit(queries, present, List.of(5), 42);
    FitResult again = fit(queries, present, List.of(5), 42);
    assertEquals(one.folds(), again.folds());
    assertEquals(one.fitted(), again.fitted());
    assertArrayEquals(one.fittedValues(), again.fittedValues(), 0);
  }

  /** One leg finds what is relevant first, the other finds it last. */
  private static JudgedQuery oneLegKnows() {
    int relevant = random().nextInt(20);
    List<RankFusion.Scored> good = new ArrayList<>();
    List<RankFusion.Scored> bad = new ArrayList<>();
    for (int id = 0; id < 20; id++) {
      float noise = random().nextFloat();
      good.add(new RankFusion.Scored(key(id), id == relevant ? 1.2f : noise));
      bad.add(new RankFusion.Scored(key(id), id == relevant ? 0 : 1 + random().nextFloat()));
    }
    return new JudgedQuery(
        List.of(good, bad),
        new Ratings(Map.of(new Ratings.Rated(null, Integer.toString(relevant)), 1.0)));
  }

  public void testALegThatKnowsBetterGetsMoreWeightAndIsRecommended() {
    List<JudgedQuery> queries = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      queries.add(oneLegKnows());
    }
    RankFusion fusion = new RankFusion(Combination.ARITHMETIC_MEAN, Normalization.MIN_MAX, 60);
    FusionSettings present = new FusionSettings(fusion, 100, List.of(1f, 1f));
    FitResult result = fit(queries, present, List.of(), 1);
    assertTrue(result.fitted().weights().get(0) > result.fitted().weights().get(1));
    assertTrue(result.fittedMean() > result.presentMean());
    assertTrue(result.isRecommended());
    assertTrue(result.better() > result.worse());
  }

  public void testSettingsThatNothingImprovesStayAndAreNotRecommended() {
    List<JudgedQuery> queries = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      JudgedQuery query = oneLegKnows();
      queries.add(new JudgedQuery(query.legs().subList(0, 1), query.ratings()));
    }
    RankFusion fusion = new RankFusion(Combination.ARITHMETIC_MEAN, Normalization.L2, 60);
    FusionSettings present = new FusionSettings(fusion, 50, List.of(0.3f));
    FitResult result = fit(queries, present, List.of(100), 1);
    assertEquals(present, result.fitted());
    assertEquals(1, result.pValue(), 0);
    assertFalse(result.isRecommended());
    assertEquals(0, result.better() + result.worse());
  }

  public void testAnExceptionOfProgressEndsTheFit() {
    FusionFit fit =
        new FusionFit(randomQueries(3, 2), randomSettings(2), List.of(), 3, random().nextLong());
    assertThrows(
        IllegalStateException.class,
        () ->
            fit.run(
                (done, all) -> {
                  if (done == 1) {
                    throw new IllegalStateException("enough");
                  }
                }));
  }

  public void testFewerQueriesThanFoldsAreRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new FusionFit(randomQueries(4, 2), randomSettings(2), List.of(), 5, 0));
    assertTrue(e.getMessage(), e.getMessage().contains("got [5] folds and [4] queries"));
  }
}
