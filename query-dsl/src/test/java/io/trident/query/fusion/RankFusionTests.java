/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.lucene.tests.util.LuceneTestCase;

/** What holds for every fusion, and what is stated of the corners. */
public class RankFusionTests extends LuceneTestCase {

  private static RankFusion.Scored scored(int id, float score) {
    return new RankFusion.Scored(new DocKey("index", id % 3, Integer.toString(id)), score);
  }

  private static RankFusion randomFusion() {
    Combination combination = Combination.values()[random().nextInt(Combination.values().length)];
    Normalization normalization =
        combination == Combination.RRF
            ? Normalization.NONE
            : Normalization.values()[random().nextInt(Normalization.values().length)];
    return new RankFusion(combination, normalization, 1 + random().nextInt(100));
  }

  private static List<List<RankFusion.Scored>> randomLegs() {
    List<List<RankFusion.Scored>> legs = new ArrayList<>();
    for (int leg = 1 + random().nextInt(4); leg > 0; leg--) {
      List<RankFusion.Scored> hits = new ArrayList<>();
      for (int id = 0; id < 40; id++) {
        if (random().nextBoolean()) {
          hits.add(scored(id, random().nextInt(8) / 2f)); // many ties
        }
      }
      legs.add(hits);
    }
    return legs;
  }

  private static double[] weights(int legs) {
    double[] weights = new double[legs];
    for (int i = 0; i < legs; i++) {
      weights[i] = 0.1 + random().nextDouble();
    }
    return weights;
  }

  public void testOrderOfHitsDoesNotMatter() {
    for (int i = 0; i < 200; i++) {
      RankFusion fusion = randomFusion();
      List<List<RankFusion.Scored>> legs = randomLegs();
      double[] weights = weights(legs.size());
      List<FusedDoc> expected = fusion.fuse(legs, weights);
      List<List<RankFusion.Scored>> shuffled =
          legs.stream()
              .map(
                  leg -> {
                    List<RankFusion.Scored> copy = new ArrayList<>(leg);
                    Collections.shuffle(copy, random());
                    return copy;
                  })
              .collect(Collectors.toList());
      assertEquals(expected, fusion.fuse(shuffled, weights));
    }
  }

  public void testScoresDescendStrictlyAndKeepEveryDocument() {
    for (int i = 0; i < 200; i++) {
      List<List<RankFusion.Scored>> legs = randomLegs();
      List<FusedDoc> fused = randomFusion().fuse(legs, weights(legs.size()));
      long distinct =
          legs.stream().flatMap(List::stream).map(RankFusion.Scored::key).distinct().count();
      assertEquals(distinct, fused.size());
      for (int d = 1; d < fused.size(); d++) {
        assertTrue(fused.get(d).score() < fused.get(d - 1).score());
      }
    }
  }

  public void testABetterLegScoreNeverHurts() {
    for (int i = 0; i < 100; i++) {
      RankFusion fusion = new RankFusion(Combination.ARITHMETIC_MEAN, Normalization.MIN_MAX, 60);
      List<RankFusion.Scored> leg = new ArrayList<>();
      for (int id = 0; id < 20; id++) {
        leg.add(scored(id, 1 + random().nextFloat()));
      }
      List<RankFusion.Scored> other = List.of(scored(3, 2), scored(5, 1));
      int raised = random().nextInt(20);
      List<RankFusion.Scored> better = new ArrayList<>(leg);
      better.set(raised, scored(raised, 5));
      assertTrue(
          rank(fusion.fuse(List.of(better, other), new double[] {1, 1}), raised)
              <= rank(fusion.fuse(List.of(leg, other), new double[] {1, 1}), raised));
    }
  }

  private static int rank(List<FusedDoc> fused, int id) {
    for (int rank = 0; rank < fused.size(); rank++) {
      if (fused.get(rank).key().id().equals(Integer.toString(id))) {
        return rank;
      }
    }
    throw new AssertionError("document " + id + " is lost");
  }

  /** Scores as no leg gives them, or as a boost makes them: negative, zero, equal, huge, tiny. */
  private static double[] strangeRanking() {
    double[] scores = new double[1 + random().nextInt(300)];
    for (int i = 0; i < scores.length; i++) {
      scores[i] =
          switch (random().nextInt(6)) {
            case 0 -> 0;
            case 1 -> -random().nextInt(3);
            case 2 -> 1;
            case 3 -> random().nextDouble() * 1e-50;
            case 4 -> random().nextDouble() * 1e50;
            default -> random().nextInt(5) / 3.0;
          };
    }
    Arrays.sort(scores);
    for (int i = 0; i < scores.length / 2; i++) {
      double low = scores[i];
      scores[i] = scores[scores.length - 1 - i];
      scores[scores.length - 1 - i] = low;
    }
    return scores;
  }

  public void testAnyBoostKeepsTheRanking() {
    for (int i = 0; i < 500; i++) {
      double[] ranking = strangeRanking();
      float[] scores = RankFusion.descending(ranking);
      float boost =
          random().nextBoolean() ? 0.1f + random().nextFloat() : (float) Math.exp(i / 25.0 - 10);
      for (int d = 0; d < scores.length; d++) {
        assertTrue(scores[d] > 0 && Float.isFinite(scores[d]));
        if (d > 0 && Float.isFinite(boost * scores[d - 1])) {
          assertTrue(
              boost + " joins " + scores[d - 1] + " and " + scores[d],
              boost * scores[d] < boost * scores[d - 1]);
        }
      }
    }
  }

  public void testScoresThatDifferEnoughStayAsTheyAre() {
    float[] scores = RankFusion.descending(new double[] {1, 0.5, 0.25, 1e-3});
    assertArrayEquals(new float[] {1, 0.5f, 0.25f, 1e-3f}, scores, 0);
    float[] tie = RankFusion.descending(new double[] {1, 1, 1});
    assertEquals(1, tie[0], 0);
    assertEquals(1, tie[2], 1e-6f);
  }

  /** Three floats apart, which a boost keeps apart. */
  public void testScoresThatAreNotPositiveEndInTheLeastScore() {
    float[] scores = RankFusion.descending(new double[] {0, -1, -2, Double.NEGATIVE_INFINITY});
    for (int i = 0; i < 4; i++) {
      assertEquals(Float.floatToIntBits(0x1p-60f) + 3 * (3 - i), Float.floatToIntBits(scores[i]));
    }
    float[] tie = RankFusion.descending(new double[] {1, 1, Double.MAX_VALUE});
    assertEquals(Float.floatToIntBits(1) - 3, Float.floatToIntBits(tie[1]));
    assertEquals(Float.floatToIntBits(1) - 6, Float.floatToIntBits(tie[2]));
  }

  /** Each method as its formula says it, one document at a time. */
  private static double naive(Normalization method, double[] scores, int i) {
    double max = Arrays.stream(scores).max().orElseThrow();
    double min = Arrays.stream(scores).min().orElseThrow();
    double sum = 0;
    double squares = 0;
    for (double score : scores) {
      sum += score;
      squares += score * score;
    }
    double mean = sum / scores.length;
    double variance = 0;
    for (double score : scores) {
      variance += (score - mean) * (score - mean) / scores.length;
    }
    double scaled =
        switch (method) {
          case MIN_MAX -> max == min ? 1 : (scores[i] - min) / (max - min);
          case L2 -> squares == 0 ? 0 : scores[i] / Math.sqrt(squares);
          case Z_SCORE -> max == min ? 1 : (scores[i] - mean) / Math.sqrt(variance);
          case THEORETICAL -> max <= 0 ? 1 : scores[i] / max;
          case NONE -> scores[i];
        };
    if (method == Normalization.NONE || scaled >= 0.002) {
      return scaled;
    }
    return scaled < 0 ? 0.0005 + 0.0005 / (1 - scaled) : 0.001 + scaled / 2;
  }

  public void testNormalizationsAreTheirFormulas() {
    for (Normalization method : Normalization.values()) {
      for (int round = 0; round < 100; round++) {
        double[] scores = new double[1 + random().nextInt(30)];
        double constant = random().nextDouble();
        boolean equal = random().nextInt(4) == 0;
        for (int i = 0; i < scores.length; i++) {
          scores[i] = equal ? constant : (float) (random().nextDouble() * 30);
        }
        double[] normalized = method.normalize(scores);
        assertEquals(scores.length, normalized.length);
        for (int i = 0; i < scores.length; i++) {
          assertEquals(method.toString(), naive(method, scores, i), normalized[i], 1e-6);
        }
      }
    }
  }

  public void testNormalizationsKeepTheOrderOfALeg() {
    for (Normalization method : Normalization.values()) {
      for (int round = 0; round < 100; round++) {
        double[] scores = random().doubles(40, 0, 5).map(s -> Math.exp(s * 4 - 10)).toArray();
        double[] normalized = method.normalize(scores);
        for (int i = 0; i < scores.length; i++) {
          assertTrue(method.toString(), normalized[i] > 0);
          for (int j = 0; j < i; j++) {
            assertEquals(
                method.toString(),
                Double.compare(scores[i], scores[j]),
                Double.compare(normalized[i], normalized[j]));
          }
        }
      }
    }
  }

  /** A single leg is fused to itself. */
  public void testOneLegKeepsItsOrder() {
    for (Normalization method : Normalization.values()) {
      for (Combination combination : Combination.values()) {
        List<RankFusion.Scored> leg = new ArrayList<>();
        for (int id = 0; id < 30; id++) {
          leg.add(scored(id, 1 + random().nextInt(1000) / 20f));
        }
        List<DocKey> expected =
            leg.stream().sorted(RankFusion.Scored.BEST_FIRST).map(RankFusion.Scored::key).toList();
        List<FusedDoc> fused =
            new RankFusion(combination, method, 60).fuse(List.of(leg), new double[] {0.7});
        assertEquals(
            method + " " + combination, expected, fused.stream().map(FusedDoc::key).toList());
      }
    }
  }

  public void testRanksAreToldApartByAnyRankConstant() {
    for (int rankConstant :
        new int[] {1, 60, 100_000_000, Integer.MAX_VALUE - 1, Integer.MAX_VALUE}) {
      List<RankFusion.Scored> leg = new ArrayList<>();
      List<String> expected = new ArrayList<>();
      for (int rank = 0; rank < 200; rank++) {
        leg.add(scored(1000 - rank, 1000 - rank));
        expected.add(Integer.toString(1000 - rank));
      }
      List<FusedDoc> fused =
          new RankFusion(Combination.RRF, Normalization.NONE, rankConstant)
              .fuse(List.of(leg, leg.subList(0, 100)), new double[] {1, 0.5});
      assertEquals(expected, fused.stream().map(doc -> doc.key().id()).toList());
    }
  }

  /** The same ranks in other legs: sums of the same numbers, added up in another order. */
  public void testTheSameRanksTie() {
    List<FusedDoc> fused =
        new RankFusion(Combination.RRF, Normalization.NONE, 60)
            .fuse(
                List.of(
                    List.of(scored(2, 3), scored(1, 2), scored(3, 1)),
                    List.of(scored(1, 3), scored(3, 2), scored(2, 1)),
                    List.of(scored(3, 3), scored(2, 2), scored(1, 1))),
                new double[] {1, 1, 1});
    assertEquals(List.of("1", "2", "3"), fused.stream().map(doc -> doc.key().id()).toList());
  }

  public void testScoresThatAreNotFiniteStayFirstOrLastAndSpoilNoOther() {
    for (Normalization method : Normalization.values()) {
      for (Combination combination : Combination.values()) {
        List<RankFusion.Scored> leg =
            List.of(
                scored(9, Float.POSITIVE_INFINITY),
                scored(8, Float.MAX_VALUE),
                scored(4, 3),
                scored(5, 2),
                scored(1, Float.NaN));
        List<FusedDoc> fused =
            new RankFusion(combination, method, 60)
                .fuse(List.of(leg, List.of(scored(4, 1), scored(5, 0.5f))), new double[] {1, 1});
        assertEquals(5, fused.size());
        List<FusedDoc> alone =
            new RankFusion(combination, method, 60)
                .fuse(List.of(leg.subList(0, 1)), new double[] {1});
        fused = Stream.concat(fused.stream(), alone.stream()).toList();
        for (FusedDoc document : fused) {
          assertTrue(method + " " + document, Float.isFinite(document.score()));
          for (float normalized : document.normalized()) {
            assertTrue(method + " " + document, Float.isFinite(normalized));
          }
        }
      }
    }
    List<FusedDoc> spoiled =
        new RankFusion(Combination.ARITHMETIC_MEAN, Normalization.MIN_MAX, 60)
            .fuse(
                List.of(
                    List.of(
                        scored(9, Float.POSITIVE_INFINITY),
                        scored(8, 3),
                        scored(7, 2),
                        scored(1, 1))),
                new double[] {1});
    assertEquals(List.of("8", "9", "7", "1"), spoiled.stream().map(doc -> doc.key().id()).toList());
  }

  /** What is infinite counts as the best of the others, and what is no number as the worst. */
  public void testScoresThatAreNotFiniteChangeNoOthers() {
    assertEquals(
        Map.of("9", 1f, "8", 1f, "7", 0.5f, "6", 0.001f, "5", 0.001f),
        normalized(
            scored(9, Float.POSITIVE_INFINITY),
            scored(8, 6),
            scored(7, 4),
            scored(6, 2),
            scored(5, Float.NaN)));
    assertEquals(
        Map.of("9", 1f, "5", 0.001f),
        normalized(scored(9, Float.POSITIVE_INFINITY), scored(5, Float.NaN)));
  }

  private static Map<String, Float> normalized(RankFusion.Scored... leg) {
    return new RankFusion(Combination.ARITHMETIC_MEAN, Normalization.MIN_MAX, 60)
        .fuse(List.of(List.of(leg)), new double[] {1}).stream()
            .collect(Collectors.toMap(doc -> doc.key().id(), doc -> doc.normalized()[0]));
  }

  /** Each mean as its formula says it, over the legs that count. */
  private static double naive(
      Combination method, double[] scores, int[] ranks, double[] weights, int rankConstant) {
    double sum = 0;
    double product = 1;
    double inverse = 0;
    double counted = 0;
    double all = 0;
    double reciprocal = 0;
    for (int i = 0; i < scores.length; i++) {
      all += weights[i];
      if (ranks[i] > 0) {
        sum += weights[i] * scores[i];
        reciprocal += weights[i] / (rankConstant + ranks[i]);
        if (scores[i] > 0) {
          counted += weights[i];
          product *= Math.pow(scores[i], weights[i]);
          inverse += weights[i] / scores[i];
        }
      }
    }
    return switch (method) {
      case ARITHMETIC_MEAN -> sum / all;
      case GEOMETRIC_MEAN -> counted == 0 ? 0 : Math.pow(product, 1 / counted);
      case HARMONIC_MEAN -> counted == 0 ? 0 : counted / inverse;
      case RRF -> reciprocal;
    };
  }

  public void testCombinationsAreTheirFormulas() {
    for (Combination method : Combination.values()) {
      for (int round = 0; round < 200; round++) {
        int legs = 1 + random().nextInt(8);
        double[] weights = weights(legs);
        int[] ranks = new int[legs];
        double[] scores = new double[legs];
        for (int leg = 0; leg < legs; leg++) {
          ranks[leg] = random().nextInt(4);
          scores[leg] = ranks[leg] == 0 ? 0 : random().nextInt(4) / 3.0;
        }
        int rankConstant = 1 + random().nextInt(100);
        assertEquals(
            method.toString(),
            naive(method, scores, ranks, weights, rankConstant),
            method.combine(scores, ranks, weights, rankConstant),
            1e-9);
      }
    }
  }

  public void testMeansLieBetweenTheLegs() {
    for (Combination method :
        List.of(
            Combination.ARITHMETIC_MEAN, Combination.GEOMETRIC_MEAN, Combination.HARMONIC_MEAN)) {
      double[] scores = random().doubles(5, 0.001, 1).toArray();
      double mean = method.combine(scores, new int[] {1, 2, 3, 4, 5}, weights(5), 60);
      assertTrue(mean >= Arrays.stream(scores).min().orElseThrow() - 1e-9);
      assertTrue(mean <= Arrays.stream(scores).max().orElseThrow() + 1e-9);
    }
  }

  /** What decides when a normalisation is none and a leg scores below zero. */
  public void testNegativeScoresStandBelowAllOthers() {
    List<RankFusion.Scored> leg =
        List.of(scored(1, 2), scored(2, 0), scored(3, 0), scored(4, -1), scored(5, -7));
    List<FusedDoc> fused =
        new RankFusion(Combination.ARITHMETIC_MEAN, Normalization.NONE, 60)
            .fuse(List.of(leg), new double[] {1});
    assertEquals(
        List.of("1", "2", "3", "4", "5"), fused.stream().map(doc -> doc.key().id()).toList());
    for (int i = 1; i < fused.size(); i++) {
      assertTrue(0 < fused.get(i).score() && fused.get(i).score() < fused.get(i - 1).score());
    }
  }

  /** Each document has one score per leg; what the windows lack is said apart. */
  public void testCompleteScoresAreScaledByTheWindow() {
    for (Normalization method : Normalization.values()) {
      double[][] scores = new double[3][30];
      List<List<RankFusion.Scored>> windows = new ArrayList<>();
      Map<Integer, List<RankFusion.Scored>> others = new HashMap<>();
      Set<Integer> found = new TreeSet<>();
      DoubleUnaryOperator[] scale = new DoubleUnaryOperator[3];
      for (int leg = 0; leg < 3; leg++) {
        List<RankFusion.Scored> all = new ArrayList<>();
        for (int id = 0; id < 30; id++) {
          scores[leg][id] = random().nextInt(4) == 0 ? 0 : (float) (9 * random().nextDouble());
          all.add(scored(id, (float) scores[leg][id]));
        }
        all.sort(RankFusion.Scored.BEST_FIRST);
        windows.add(all.subList(0, 5 + random().nextInt(5)));
        scale[leg] =
            method.scale(windows.get(leg).stream().mapToDouble(RankFusion.Scored::score).toArray());
        windows.get(leg).forEach(document -> found.add(Integer.valueOf(document.key().id())));
        others.put(leg, all.subList(windows.get(leg).size(), all.size()));
      }
      others.replaceAll(
          (leg, rest) ->
              rest.stream()
                  .filter(d -> d.score() > 0 && found.contains(Integer.valueOf(d.key().id())))
                  .toList());
      double[] weights = weights(3);
      double sum = Arrays.stream(weights).sum();
      double[] expected = new double[30];
      for (int id : found) {
        for (int leg = 0; leg < 3; leg++) {
          expected[id] += weights[leg] * scale[leg].applyAsDouble(scores[leg][id]) / sum;
        }
      }
      double raise =
          Math.max(0, found.stream().mapToDouble(id -> -expected[id]).max().orElseThrow());
      List<FusedDoc> fused =
          new RankFusion(Combination.ARITHMETIC_MEAN, method, 60, Missing.SCORE)
              .fuse(windows, others, weights);
      assertEquals(found.size(), fused.size());
      for (FusedDoc document : fused) {
        int id = Integer.parseInt(document.key().id());
        assertEquals(method + " " + id, expected[id], document.fused(), 1e-4);
        assertEquals(method + " " + id, expected[id] + raise, document.score(), 1e-4);
        for (int leg = 0; leg < 3; leg++) {
          assertEquals(scores[leg][id], document.scores()[leg], 0);
          int rank = windows.get(leg).stream().map(d -> d.key().id()).toList().indexOf("" + id) + 1;
          assertEquals(rank, document.ranks()[leg]);
        }
      }
    }
  }

  public void testALegThatFoundNothingChangesNoCompleteScore() {
    RankFusion fusion =
        new RankFusion(Combination.ARITHMETIC_MEAN, Normalization.MIN_MAX, 60, Missing.SCORE);
    List<RankFusion.Scored> leg = List.of(scored(1, 3), scored(2, 2), scored(3, 1));
    List<FusedDoc> fused = fusion.fuse(List.of(leg, List.of()), Map.of(), new double[] {1, 1});
    assertEquals(List.of(0.5f, 0.25f), fused.stream().limit(2).map(FusedDoc::score).toList());
  }

  public void testCorners() {
    double[] one = Normalization.MIN_MAX.normalize(new double[] {7});
    assertArrayEquals(new double[] {1}, one, 0);
    assertArrayEquals(new double[] {1, 1}, Normalization.Z_SCORE.normalize(new double[] {3, 3}), 0);
    double[] equal = {0.1, 0.1, 0.1}; // whose mean is not 0.1
    assertArrayEquals(new double[] {1, 1, 1}, Normalization.Z_SCORE.normalize(equal), 0);
    assertArrayEquals(
        new double[] {1, 0.5, Normalization.FLOOR},
        Normalization.MIN_MAX.normalize(new double[] {4, 3, 2}),
        1e-9);
    assertArrayEquals(
        new double[] {1, 0.75}, Normalization.THEORETICAL.normalize(new double[] {4, 3}), 1e-9);
    assertArrayEquals(
        new double[] {0.8, 0.6}, Normalization.L2.normalize(new double[] {4, 3}), 1e-9);
    assertEquals(0, Normalization.MIN_MAX.normalize(new double[0]).length);
    List<FusedDoc> fused =
        new RankFusion(Combination.RRF, Normalization.NONE, 60)
            .fuse(
                List.of(List.of(scored(1, 9)), List.of(scored(2, 3), scored(1, 1))),
                new double[] {1, 1});
    assertEquals("1", fused.get(0).key().id());
    assertEquals(1f / 61 + 1f / 62, fused.get(0).score(), 1e-6f);
    assertEquals(1f / 61, fused.get(1).score(), 1e-6f);
  }

  public void testZScoresHaveTheMean0AndTheDeviation1() {
    double[] scores = random().doubles(2 + random().nextInt(49), 3, 90).toArray();
    double[] scaled = Arrays.stream(scores).map(Normalization.Z_SCORE.scale(scores)).toArray();
    assertEquals(0, Arrays.stream(scaled).average().getAsDouble(), 1e-9);
    assertEquals(1, Arrays.stream(scaled).map(z -> z * z).average().getAsDouble(), 1e-9);
    for (int i = 1; i < scores.length; i++) {
      assertEquals(Double.compare(scores[i], scores[0]), Double.compare(scaled[i], scaled[0]));
    }
  }
}
