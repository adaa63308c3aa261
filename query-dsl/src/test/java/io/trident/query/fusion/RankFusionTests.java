package io.trident.query.fusion;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
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
        float before = fused.get(d - 1).score();
        assertTrue(fused.get(d).score() < before || before == 0);
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

  public void testCorners() {
    double[] one = Normalization.MIN_MAX.normalize(new double[] {7});
    assertArrayEquals(new double[] {1}, one, 0);
    assertArrayEquals(new double[] {1, 1}, Normalization.Z_SCORE.normalize(new double[] {3, 3}), 0);
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
}
