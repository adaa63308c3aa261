/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import static org.hamcrest.Matchers.containsString;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.IdsQueryBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.index.query.functionscore.FunctionScoreQueryBuilder;
import org.opensearch.test.OpenSearchTestCase;

/** What the options of a fusion take and refuse, and that each of them counts. */
public class FusionOptionsTests extends OpenSearchTestCase {

  private static FusionQueryBuilder fusion() {
    return new FusionQueryBuilder(List.of(new FusionLeg("leg", 1, new MatchAllQueryBuilder())));
  }

  private static ScoreBoosts boosts() {
    return new ScoreBoosts(new FunctionScoreQueryBuilder(new MatchAllQueryBuilder()));
  }

  private static List<String> ids(int count) {
    return IntStream.range(0, count).mapToObj(Integer::toString).toList();
  }

  public void testEveryOptionTellsFusionsApart() {
    List<UnaryOperator<FusionQueryBuilder>> options =
        List.of(
            fusion -> fusion.combination(Combination.HARMONIC_MEAN),
            fusion -> fusion.normalization(Normalization.L2),
            fusion -> fusion.rankConstant(FusionQueryBuilder.DEFAULT_RANK_CONSTANT + 1),
            fusion -> fusion.window(FusionQueryBuilder.DEFAULT_WINDOW + 1),
            fusion -> fusion.missing(Missing.SCORE),
            fusion -> fusion.scores(true),
            fusion -> fusion.pinned(List.of("a")),
            fusion -> fusion.excluded(List.of("a")),
            fusion -> fusion.minRelevance(new MinRelevance(0.5f, null)),
            fusion -> fusion.boosts(boosts()),
            fusion ->
                fusion.collapse(new NearDuplicates(new ComparedTop("collapse", "f", 10), 0.5f)),
            fusion ->
                fusion.diversify(new Diversification(new ComparedTop("diversify", "f", 10), 0.5f)),
            fusion -> fusion.filter(new MatchAllQueryBuilder()),
            fusion -> fusion.shown(List.of(new MatchAllQueryBuilder())));
    List<FusionQueryBuilder> made = new ArrayList<>(List.of(fusion()));
    options.forEach(option -> made.add(option.apply(fusion())));
    Set<Integer> hashes = new HashSet<>();
    for (FusionQueryBuilder one : made) {
      hashes.add(one.hashCode());
      for (FusionQueryBuilder other : made) {
        assertEquals(one == other, one.equals(other));
      }
    }
    assertEquals(made.size(), hashes.size());
  }

  public void testTakesTheEndsOfItsRanges() {
    for (int window : new int[] {1, FusionQueryBuilder.MAX_WINDOW}) {
      assertEquals(window, fusion().window(window).window());
    }
    fusion().rankConstant(1);
    FusionOptions options = new FusionOptions();
    options.pinned(ids(FusionQueryBuilder.MAX_PINNED));
    assertEquals(ids(FusionQueryBuilder.MAX_PINNED), options.pinned());
    new FusionOptions().excluded(ids(FusionQueryBuilder.MAX_EXCLUDED));
  }

  public void testRefusesWhatIsBeyondThem() {
    FusionQueryBuilder fusion = fusion();
    refused("[rank_constant] of at least 1, got [0]", () -> fusion.rankConstant(0));
    refused("[window] of 1 to 10000, got [0]", () -> fusion.window(0));
    refused("[window] of 1 to 10000, got [10001]", () -> fusion.window(10_001));
    refused("[pinned] of at most [100] ids, got [101]", () -> fusion.pinned(ids(101)));
    refused("[excluded] of at most [10000] ids, got [10001]", () -> fusion.excluded(ids(10_001)));
    refused("[pinned] with each id once", () -> fusion.pinned(List.of("a", "b", "a")));
    assertEquals("nothing of it was taken", fusion(), fusion);
  }

  public void testOptionsThatContradictEachOtherAreRefusedInAnyOrder() {
    FusionQueryBuilder pinned = fusion().pinned(List.of("a", "b"));
    refused("[excluded], got [b]", () -> pinned.excluded(List.of("b")));
    FusionQueryBuilder excluded = fusion().excluded(List.of("b"));
    refused("[excluded], got [b]", () -> excluded.pinned(List.of("a", "b")));
    FusionQueryBuilder ranks = fusion().combination(Combination.RRF);
    refused("takes no [normalization]", () -> ranks.normalization(Normalization.L2));
    FusionQueryBuilder scores = fusion().normalization(Normalization.L2);
    refused("takes no [normalization]", () -> scores.combination(Combination.RRF));
    for (Combination combination : Combination.values()) {
      if (combination != Combination.ARITHMETIC_MEAN) {
        String words = "[arithmetic_mean] with [missing] [score], got [" + combination + "]";
        FusionQueryBuilder other = fusion().combination(combination);
        refused(words, () -> other.missing(Missing.SCORE));
        FusionQueryBuilder complete = fusion().missing(Missing.SCORE);
        refused(words, () -> complete.combination(combination));
      }
    }
    ScoreMap map = new ScoreMap(0, 1, Map.of("other", 1f));
    refused("got [other]", () -> fusion().minRelevance(new MinRelevance(0.5f, map)));
  }

  private static void refused(String words, ThrowingRunnable call) {
    IllegalArgumentException refused = expectThrows(IllegalArgumentException.class, call);
    assertThat(refused.getMessage(), containsString(words));
  }

  public void testTheNormalizationFitsTheCombination() {
    for (Combination combination : Combination.values()) {
      FusionOptions options = new FusionOptions();
      options.combination(combination);
      Normalization normalization =
          combination == Combination.RRF ? Normalization.NONE : Normalization.MIN_MAX;
      assertEquals(
          new RankFusion(combination, normalization, FusionQueryBuilder.DEFAULT_RANK_CONSTANT),
          options.fusion());
    }
  }

  public void testExcludedDocumentsAreFilteredBesideTheFilter() {
    QueryBuilder filter = new TermQueryBuilder("f", randomAlphaOfLength(4));
    FusionOptions options = new FusionOptions();
    assertSame(filter, options.filter(filter));
    assertNull(options.filter(null));
    options.excluded(List.of("a", "b"));
    QueryBuilder ids = new IdsQueryBuilder().addIds("a", "b");
    assertEquals(new BoolQueryBuilder().mustNot(ids), options.filter(null));
    assertEquals(new BoolQueryBuilder().mustNot(ids).filter(filter), options.filter(filter));
  }

  /** The relevance of documents that were not fused is not known. */
  public void testWithALeastRelevanceNoMoreThanTheFusedDocumentsMatch() {
    FusionOptions options = new FusionOptions();
    for (FusionRole role : FusionRole.values()) {
      assertEquals(role, options.role(role));
    }
    options.minRelevance(new MinRelevance(0.5f, null));
    assertEquals(FusionRole.PART, options.role(FusionRole.PART));
    assertEquals(FusionRole.WHOLE, options.role(FusionRole.WHOLE));
    assertEquals(FusionRole.WHOLE, options.role(FusionRole.COUNTED));
    assertEquals(FusionRole.WHOLE, options.role(FusionRole.AGGREGATED));
  }
}
