/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.opensearch.index.query.ConstantScoreQueryBuilder;
import org.opensearch.index.query.DisMaxQueryBuilder;
import org.opensearch.index.query.IdsQueryBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.test.OpenSearchTestCase;

/** What a request changes in a fused ranking, over random rankings. */
public class FusedRankingTests extends OpenSearchTestCase {

  private static DocKey key(int id) {
    return new DocKey("index", id % 3, String.format(Locale.ROOT, "%03d", id));
  }

  private static FusedRanking ranking(int legs, int documents) {
    List<FusionLeg> searched = new ArrayList<>();
    List<List<RankFusion.Scored>> rankings = new ArrayList<>();
    double[] weights = new double[legs];
    for (int leg = 0; leg < legs; leg++) {
      searched.add(new FusionLeg("leg" + leg, 0.1f + randomFloat(), new MatchAllQueryBuilder()));
      weights[leg] = searched.get(leg).weight();
      List<RankFusion.Scored> scored = new ArrayList<>();
      for (int id = 0; id < documents; id++) {
        if (randomBoolean()) {
          scored.add(new RankFusion.Scored(key(id), randomIntBetween(1, 20)));
        }
      }
      rankings.add(scored);
    }
    Combination combination = randomFrom(Combination.values());
    RankFusion fusion =
        new RankFusion(
            combination,
            combination == Combination.RRF ? Normalization.NONE : Normalization.THEORETICAL,
            randomIntBetween(1, 100));
    return new FusedRanking(searched, fusion, fusion.fuse(rankings, weights));
  }

  private static List<DocKey> keys(FusedRanking ranking) {
    return ranking.documents().stream().map(FusedDoc::key).toList();
  }

  private static void assertDescending(FusedRanking ranking) {
    for (int i = 1; i < ranking.documents().size(); i++) {
      assertTrue(ranking.documents().get(i).score() < ranking.documents().get(i - 1).score());
    }
  }

  public void testThoseBehindTheFirstAreCountedByShard() {
    FusedRanking whole = ranking(randomIntBetween(1, 3), 40);
    int count = randomIntBetween(0, whole.documents().size() + 1);
    FusedRanking first = whole.first(count);
    assertEquals(
        whole.documents().subList(0, Math.min(count, whole.documents().size())), first.documents());
    for (int shard = 0; shard < 4; shard++) {
      assertEquals(
          whole.documentsOf("index", shard).size(),
          first.documentsOf("index", shard).size() + first.othersOf("index", shard));
      assertEquals(0, first.othersOf("elsewhere", shard));
    }
  }

  /** What a leg adds to a homogeneous combination is how fast the score grows with the leg's. */
  public void testSharesAreTheLegsPartsInTheScore() {
    for (Combination combination : Combination.values()) {
      double[] scores = {0.7, 0.2, 0.4, 0.9};
      int[] ranks = {3, 1, 0, 2};
      double[] weights = {1, 2.5, 1, 0.3};
      double whole = combination.combine(scores, ranks, weights, 60);
      double[] shares = combination.shares(scores, ranks, weights, 60);
      assertEquals(1, shares[0] + shares[1] + shares[3], 1e-9);
      assertEquals(0, shares[2], 0);
      for (int leg : new int[] {0, 1, 3}) {
        double[] more = scores.clone();
        more[leg] *= 1 + 1e-6;
        double growth = (combination.combine(more, ranks, weights, 60) - whole) / whole / 1e-6;
        double expected =
            combination == Combination.RRF ? weights[leg] / (60 + ranks[leg]) / whole : growth;
        assertEquals(combination + " " + leg, expected, shares[leg], 1e-5);
      }
    }
  }

  public void testPinnedDocumentsAreOnTopAndOthersKeepTheirScores() {
    FusedRanking ranking = ranking(randomIntBetween(1, 4), 40);
    List<RankFusion.Scored> pinned = new ArrayList<>();
    for (int id : List.of(50, 7, 3)) {
      pinned.add(new RankFusion.Scored(key(id), 1));
    }
    FusedRanking result = Pinned.onTop(pinned, ranking);
    assertEquals(pinned.stream().map(RankFusion.Scored::key).toList(), keys(result).subList(0, 3));
    List<FusedDoc> others = new ArrayList<>(ranking.documents());
    others.removeIf(d -> keys(result).subList(0, 3).contains(d.key()));
    assertEquals(others, result.documents().subList(3, result.documents().size()));
    assertEquals(
        List.of(1, 2, 3), result.documents().stream().limit(3).map(FusedDoc::pinned).toList());
    double best = others.get(0).score();
    for (int place = 0; place < 3; place++) {
      assertEquals(best + 3 - place, result.documents().get(place).score(), 1e-5 * best);
    }
    assertDescending(result);
  }

  public void testPinnedDocumentsAlone() {
    FusedRanking none = ranking(2, 0);
    FusedRanking result = Pinned.onTop(List.of(new RankFusion.Scored(key(1), 1)), none);
    assertEquals(1, result.documents().get(0).score(), 0);
  }

  public void testPinnedDocumentsAreFoundInTheirOrderAmongThoseOfTheFilter() {
    List<String> ids = List.of("c", "a", "b");
    QueryBuilder filter = new TermQueryBuilder("f", randomAlphaOfLength(3));
    DisMaxQueryBuilder any = new DisMaxQueryBuilder();
    for (int place = 0; place < 3; place++) {
      QueryBuilder id = new IdsQueryBuilder().addIds(ids.get(place));
      any.add(new ConstantScoreQueryBuilder(id).boost(3 - place));
    }
    assertEquals(any, Pinned.leg(ids, null).query());
    assertEquals(any.filter(filter), Pinned.leg(ids, filter).query());
  }

  public void testALeastRelevanceCutsAtTheFusedScoreWithoutTellingTiesApart() {
    FusedRanking ranking = ranking(2, 60);
    float least = ranking.documents().get(20).fused();
    List<DocKey> expected =
        ranking.documents().stream().filter(d -> d.fused() >= least).map(FusedDoc::key).toList();
    FusedRanking cut = new MinRelevance(least, null).cut(ranking);
    assertEquals(expected, keys(cut));
    assertEquals(expected, keys(ranking).subList(0, expected.size()));
  }

  public void testAMapGivesAProbabilityByTheScoresOfLegs() {
    FusedRanking ranking = ranking(2, 60);
    ScoreMap map = new ScoreMap(-3, 2, Map.of("leg1", 0.25f));
    List<DocKey> expected = new ArrayList<>();
    for (FusedDoc document : ranking.documents()) {
      double logit = -3 + 2 * document.fused() + 0.25 * document.scores()[1];
      if (logit >= Math.log(0.3 / 0.7)) {
        expected.add(document.key());
      }
    }
    assertEquals(expected, keys(new MinRelevance(0.3f, map).cut(ranking)));
  }

  public void testBoostedDocumentsAreOrderedByScoreAndTiesByDocument() {
    FusedRanking ranking = ranking(2, 60);
    List<RankFusion.Scored> boosted = new ArrayList<>();
    for (FusedDoc document : ranking.documents()) {
      boosted.add(new RankFusion.Scored(document.key(), randomIntBetween(0, 5)));
    }
    List<DocKey> expected =
        boosted.stream().sorted(RankFusion.Scored.BEST_FIRST).map(RankFusion.Scored::key).toList();
    List<FusionSearch.Window> windows =
        List.of(
            new FusionSearch.Window(null, boosted.subList(0, 10), Map.of()),
            new FusionSearch.Window(null, boosted.subList(10, boosted.size()), Map.of()));
    FusedRanking result = ScoreBoosts.applied(ranking, windows);
    assertEquals(expected, keys(result));
    assertDescending(result);
  }

  public void testDiversifyingIsGreedyAndKeepsTheScoresOfPlaces() {
    for (float lambda : new float[] {0, 0.5f, 0.9f, 1}) {
      for (int i = 0; i < 5; i++) {
        assertDiversified(lambda);
      }
    }
  }

  private static void assertDiversified(float lambda) {
    FusedRanking ranking = ranking(2, 40);
    Map<DocKey, DocVector> vectors = vectors(ranking);
    int window = randomIntBetween(1, 40);
    FusedRanking result =
        new Diversification(new ComparedTop("diversify", "f", window), lambda)
            .apply(ranking, vectors, 30);
    List<FusedDoc> left =
        new ArrayList<>(
            ranking
                .documents()
                .subList(0, Math.min(Math.min(window, 30), ranking.documents().size())));
    List<DocKey> expected = new ArrayList<>();
    double best = ranking.documents().get(0).score();
    while (left.isEmpty() == false) {
      FusedDoc next =
          left.stream()
              .max(
                  Comparator.comparingDouble(
                          (FusedDoc d) ->
                              lambda * d.score() / best
                                  - (1 - lambda) * like(d.key(), expected, vectors))
                      .thenComparing(ranking.documents()::indexOf, Comparator.reverseOrder()))
              .get();
      left.remove(next);
      expected.add(next.key());
    }
    assertEquals(expected, keys(result).subList(0, expected.size()));
    assertEquals(
        keys(ranking).subList(expected.size(), ranking.documents().size()),
        keys(result).subList(expected.size(), ranking.documents().size()));
    assertEquals(
        ranking.documents().stream().map(FusedDoc::score).toList(),
        result.documents().stream().map(FusedDoc::score).toList());
  }

  private static Map<DocKey, DocVector> vectors(FusedRanking ranking) {
    Map<DocKey, DocVector> vectors = new HashMap<>();
    for (FusedDoc document : ranking.documents()) {
      if (rarely() == false) {
        vectors.put(
            document.key(),
            DocVector.of(List.of(randomIntBetween(-2, 2), randomIntBetween(-2, 2), 1)));
      }
    }
    return vectors;
  }

  public void testADocumentLikeABetterOneIsLeftOut() {
    for (float similarity : new float[] {0, 0.5f, 0.9f, 1}) {
      FusedRanking ranking = ranking(2, 40);
      Map<DocKey, DocVector> vectors = vectors(ranking);
      int window = randomIntBetween(1, 40);
      FusedRanking result =
          new NearDuplicates(new ComparedTop("collapse", "f", window), similarity)
              .apply(ranking, vectors, 30);
      List<DocKey> expected = new ArrayList<>();
      List<DocKey> all = keys(ranking);
      for (int i = 0; i < all.size(); i++) {
        boolean compared = i < Math.min(window, 30);
        if (compared == false || like(all.get(i), expected, vectors) <= similarity) {
          expected.add(all.get(i));
        }
      }
      assertEquals(expected, keys(result));
    }
  }

  private static double like(DocKey key, List<DocKey> taken, Map<DocKey, DocVector> vectors) {
    return taken.stream()
        .mapToDouble(
            other ->
                vectors.get(key) == null || vectors.get(other) == null
                    ? 0
                    : vectors.get(other).cosine(vectors.get(key)))
        .max()
        .orElse(0);
  }

  public void testCosinesOfTokensAreThoseOfTheirDimensions() {
    DocVector one = DocVector.of(Map.of("a", 3f, "c", 4f));
    DocVector other = DocVector.of(Map.of("b", 1f, "c", 2f, "d", 2f));
    assertEquals(0.8 * 2 / 3, one.cosine(other), 1e-9);
    assertEquals(0.8 * 2 / 3, other.cosine(one), 1e-9);
    assertEquals(1, one.cosine(one), 1e-9);
    DocVector dense = DocVector.of(List.of(3f, 0f, 4f));
    assertEquals(
        0.8 * 2 / 3, dense.cosine(DocVector.of(List.of(0, 1, 2))) * Math.sqrt(5) / 3, 1e-9);
    assertEquals(0, dense.cosine(one), 0);
    assertEquals(0, one.cosine(dense), 0);
    assertEquals(0, dense.cosine(DocVector.of(List.of(1f, 1f))), 0);
    DocVector zero = DocVector.of(List.of(0f, 0f, 0f));
    assertEquals(0, dense.cosine(zero), 0);
    assertEquals(0, zero.cosine(zero), 0);
    assertNull(DocVector.of(null));
  }
}
