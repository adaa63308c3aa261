/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.dsl.QueriesPlugin;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.search.SearchModule;
import org.opensearch.test.OpenSearchTestCase;

/** Profiles, and what a fusion makes of one that it names. */
public class FusionProfileTests extends OpenSearchTestCase {

  private static final String WORDS = "{\"name\": \"words\", \"query\": {\"match_all\": {}}}";
  private static final String VECTORS = "{\"name\": \"vectors\", \"query\": {\"match_all\": {}}}";

  private final SearchModule search =
      new SearchModule(Settings.EMPTY, List.of(new QueriesPlugin()));

  @Override
  protected NamedXContentRegistry xContentRegistry() {
    return new NamedXContentRegistry(search.getNamedXContents());
  }

  private FusionQueryBuilder fusion(String profile, String legs, String options)
      throws IOException {
    String json =
        "{\"fusion\": {\"legs\": [" + legs + "], \"profile\": \"" + profile + "\"" + options + "}}";
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, json)) {
      return (FusionQueryBuilder) AbstractQueryBuilder.parseInnerQueryBuilder(parser);
    }
  }

  private static FusionQueryBuilder expected(
      Combination combination, Normalization normalization, int window, FusionLeg... legs) {
    return new FusionQueryBuilder(List.of(legs))
        .combination(combination)
        .normalization(normalization)
        .window(window);
  }

  private static FusionLeg leg(String name, float weight) {
    return new FusionLeg(name, weight, new MatchAllQueryBuilder());
  }

  /** The legs of a profile may be told by their places. */
  public void testALeastProbabilityMayUseTheMapOfTheProfile() throws IOException {
    String least = ", \"min_relevance\": {\"probability\": 0.25}";
    FusionQueryBuilder fusion = fusion("named", WORDS + ", " + VECTORS, least);
    ScoreMap map = new ScoreMap(-3, 0, Map.of("vectors", 8f));
    assertEquals(
        fusion("named", WORDS + ", " + VECTORS, "").minRelevance(new MinRelevance(0.25f, map)),
        fusion);
    String bare = "{\"query\": {\"match_all\": {}}}";
    ScoreMap byPlace = new ScoreMap(-3, 0, Map.of(FusionLeg.unnamed(2), 8f));
    assertEquals(
        fusion("named", bare + ", " + bare, "").minRelevance(new MinRelevance(0.25f, byPlace)),
        fusion("named", bare + ", " + bare, least));
    String own = ", \"min_relevance\": {\"probability\": 0.25, \"fused\": 2}";
    assertEquals(
        fusion("named", WORDS + ", " + VECTORS, "")
            .minRelevance(new MinRelevance(0.25f, new ScoreMap(0, 2, Map.of()))),
        fusion("named", WORDS + ", " + VECTORS, own));
    Exception refused =
        expectThrows(
            ParsingException.class, () -> fusion("unnamed", WORDS + ", " + VECTORS, least));
    assertThat(refused.getMessage(), containsString("a [profile] that has them, got none"));
    assertThrows(
        ParsingException.class,
        () -> FusionProfile.parse("{\"legs\": [{}], \"min_relevance\": {\"factor\": 1}}"));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            FusionProfile.parse("{\"legs\": [{}], \"min_relevance\": {\"legs\": {\"other\": 1}}}"));
  }

  public void testAShareOfACrossEncoderIsThatOfTheFusion() throws IOException {
    assertEquals(
        0.3f, FittedFusion.firstStageWeight(fusion("named", WORDS + ", " + VECTORS, "")), 0);
    assertNull(FittedFusion.firstStageWeight(fusion("unnamed", WORDS + ", " + VECTORS, "")));
    assertNull(FittedFusion.firstStageWeight(new MatchAllQueryBuilder()));
    assertNull(FittedFusion.firstStageWeight(null));
    String profile = "{\"legs\": [{}], \"first_stage_weight\": %s}";
    for (String wrong : List.of("-0.1", "1.1", "\"half\"", "null")) {
      assertThrows(
          wrong,
          ParsingException.class,
          () -> FusionProfile.parse(String.format(Locale.ROOT, profile, wrong)));
    }
  }

  public void testLegsGetTheirWeightsByName() throws IOException {
    FusionQueryBuilder expected =
        expected(
            Combination.GEOMETRIC_MEAN,
            Normalization.L2,
            40,
            leg("vectors", 4),
            leg("words", 0.25f));
    assertEquals(expected, fusion("named", VECTORS + "," + WORDS, ""));
  }

  public void testLegsWithoutNamesGetTheirWeightsByPlace() throws IOException {
    String bare = "{\"query\": {\"match_all\": {}}}";
    assertEquals(
        expected(
            Combination.GEOMETRIC_MEAN, Normalization.L2, 40, leg("leg_1", 0.25f), leg("leg_2", 4)),
        fusion("named", bare + "," + bare, ""));
    assertEquals(
        expected(Combination.RRF, null, 30, leg("vectors", 2), leg("words", 3)).rankConstant(7),
        fusion("unnamed", VECTORS + "," + WORDS, ""));
  }

  public void testWhatTheRequestSaysWins() throws IOException {
    String one = "{\"name\": \"words\", \"weight\": 1, \"query\": {\"match_all\": {}}}";
    assertEquals(
        expected(
            Combination.GEOMETRIC_MEAN,
            Normalization.Z_SCORE,
            12,
            leg("words", 1),
            leg("vectors", 4)),
        fusion("named", one + "," + VECTORS, ", \"window\": 12, \"normalization\": \"z_score\""));
    assertEquals(
        expected(Combination.RRF, null, 40, leg("words", 0.25f), leg("vectors", 4)),
        fusion("named", WORDS + "," + VECTORS, ", \"combination\": \"rrf\""));
    assertEquals(
        expected(Combination.HARMONIC_MEAN, null, 30, leg("words", 2), leg("vectors", 3)),
        fusion("unnamed", WORDS + "," + VECTORS, ", \"combination\": \"harmonic_mean\""));
    assertEquals(
        expected(Combination.RRF, null, 30, leg("words", 2), leg("vectors", 3)).rankConstant(9),
        fusion("unnamed", WORDS + "," + VECTORS, ", \"rank_constant\": 9"));
  }

  private void refused(String profile, String legs, String options, String... words) {
    Exception refused = expectThrows(Exception.class, () -> fusion(profile, legs, options));
    for (String word : words) {
      assertThat(refused.getMessage(), containsString(word));
    }
  }

  public void testWhatDoesNotFitIsRefused() {
    refused("lost", WORDS, "", "[profile]", "[named, unnamed]", "[lost]");
    refused("named", WORDS, "", "[named]", "[words, vectors]", "[words]");
    refused("unnamed", WORDS, "", "[leg_1, leg_2]");
    String other = "{\"name\": \"others\", \"query\": {\"match_all\": {}}}";
    refused("named", WORDS + "," + other, "", "[words, vectors]", "[words, others]");
    refused("unnamed", WORDS + "," + VECTORS, ", \"normalization\": \"l2\"", "[rrf]", "[l2]");
  }

  public void testBadProfilesAreRefused() {
    Map.of(
            "", "[profile]",
            "[]", "[profile]",
            "{\"legs\": []}", "[legs]",
            "{\"legs\": [{\"weight\": 0}]}", "[weight]",
            "{\"legs\": [{\"name\": \"a\"}, {\"name\": \"a\"}]}", "[a, a]",
            "{\"legs\": [{}], \"scores\": true}", "[scores]",
            "{\"legs\": [{\"query\": {}}]}", "[query]",
            "{\"legs\": [{}], \"combination\": \"rrf\", \"normalization\": \"l2\"}", "[rrf]",
            "{\"legs\": [{}], \"window\": 0}", "[window]",
            "{\"legs\": [{}]", "[profile]")
        .forEach(
            (json, word) ->
                assertThat(
                    json,
                    expectThrows(Exception.class, json, () -> FusionProfile.parse(json))
                        .getMessage(),
                    containsString(word)));
  }

  public void testIsReadAsItWasWritten() throws IOException {
    for (int round = 0; round < 50; round++) {
      Combination combination = randomFrom(Combination.values());
      boolean ranks = combination == Combination.RRF;
      Normalization normalization = ranks ? Normalization.NONE : randomFrom(Normalization.values());
      List<String> names = new ArrayList<>();
      List<Float> weights = new ArrayList<>();
      for (int leg = randomIntBetween(1, FusionQueryBuilder.MAX_LEGS); leg > 0; leg--) {
        names.add(leg + randomUnicodeOfLength(3));
        weights.add(0.01f + randomFloat());
      }
      int constant = ranks ? randomIntBetween(1, 100) : FusionQueryBuilder.DEFAULT_RANK_CONSTANT;
      FusionProfile profile =
          new FusionProfile(
              names,
              new FusionSettings(
                  new RankFusion(combination, normalization, constant),
                  randomIntBetween(1, 10_000),
                  weights,
                  randomBoolean() ? null : randomFloat()),
              randomBoolean()
                  ? null
                  : new ScoreMap(randomFloat(), 1, Map.of(randomFrom(names), randomFloat())));
      assertEquals(profile, FusionProfile.parse(profile.toJson()));
      try (BytesStreamOutput out = new BytesStreamOutput()) {
        profile.writeTo(out);
        assertEquals(profile, new FusionProfile(out.bytes().streamInput()));
      }
    }
  }
}
