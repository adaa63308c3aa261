/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.dsl.DenseQueryBuilder;
import io.trident.query.dsl.QueriesPlugin;
import io.trident.query.dsl.QueryTestCase;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.lucene.search.function.CombineFunction;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.index.Index;
import org.opensearch.index.query.BaseQueryRewriteContext;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.index.query.functionscore.FunctionScoreQueryBuilder;
import org.opensearch.index.query.functionscore.ScoreFunctionBuilders;
import org.opensearch.search.builder.SearchSourceBuilder;

/**
 * The query {@code fusion}, over the answers of a client that finds documents 0 to 4 by any leg.
 */
public class FusionQueryBuilderTests extends QueryTestCase<FusionQueryBuilder> {

  @Override
  protected FusionQueryBuilder doCreateTestQueryBuilder() {
    List<FusionLeg> legs = new ArrayList<>();
    for (int i = randomIntBetween(1, FusionQueryBuilder.MAX_LEGS); i > 0; i--) {
      legs.add(new FusionLeg("leg" + i, 0.1f + randomFloat(), leg()));
    }
    FusionQueryBuilder fusion = new FusionQueryBuilder(legs);
    fusion.combination(randomFrom(Combination.values()));
    fusion.window(randomIntBetween(10, FusionQueryBuilder.MAX_WINDOW));
    if (randomBoolean()) {
      fusion.combination(Combination.GEOMETRIC_MEAN);
      fusion.normalization(randomFrom(Normalization.values()));
    }
    if (randomBoolean()) {
      fusion.rankConstant(randomIntBetween(1, 100));
    }
    if (randomBoolean()) {
      fusion.combination(Combination.ARITHMETIC_MEAN).missing(Missing.SCORE);
    }
    fusion.scores(randomBoolean());
    if (randomBoolean()) {
      fusion.pinned(
          randomList(3, () -> "p" + randomUnicodeOfLength(12)).stream().distinct().toList());
      fusion.excluded(randomList(3, () -> "e" + randomInt()));
    }
    if (randomBoolean()) {
      fusion.minRelevance(minRelevance(legs.get(0).name()));
    }
    if (randomBoolean()) {
      fusion.boosts(boosts());
    }
    if (randomBoolean()) {
      fusion.collapse(
          new NearDuplicates(
              new ComparedTop("collapse", "f", randomIntBetween(1, 1000)), randomFloat()));
    }
    if (randomBoolean()) {
      fusion.diversify(
          new Diversification(
              new ComparedTop("diversify", "f", randomIntBetween(1, 1000)), randomFloat()));
    }
    return randomBoolean() ? fusion : fusion.filter(new TermQueryBuilder(KEYWORD_FIELD_NAME, "x"));
  }

  private static MinRelevance minRelevance(String leg) {
    return randomBoolean()
        ? new MinRelevance(randomFloat(), null)
        : new MinRelevance(0.5f, new ScoreMap(randomFloat(), 1, Map.of(leg, randomFloat())));
  }

  private static ScoreBoosts boosts() {
    FunctionScoreQueryBuilder functions =
        new FunctionScoreQueryBuilder(
            new FunctionScoreQueryBuilder.FilterFunctionBuilder[] {
              new FunctionScoreQueryBuilder.FilterFunctionBuilder(
                  new TermQueryBuilder(KEYWORD_FIELD_NAME, "x"),
                  ScoreFunctionBuilders.weightFactorFunction(2))
            });
    return new ScoreBoosts(
        randomBoolean() ? functions : functions.boostMode(randomFrom(CombineFunction.values())));
  }

  private static QueryBuilder leg() {
    return switch (randomInt(3)) {
      case 0 -> new MatchAllQueryBuilder();
      case 1 -> new TermQueryBuilder(KEYWORD_FIELD_NAME, randomAlphaOfLength(4));
      case 2 -> new DenseQueryBuilder(QueriesPlugin.ENCODER, DENSE).vector(randomVector(8));
      default -> new DenseQueryBuilder(QueriesPlugin.ENCODER, DENSE).text(randomText(), null);
    };
  }

  /** Objects are parsed by the queries that they belong to. */
  @Override
  protected Set<String> getObjectsHoldingArbitraryContent() {
    return Set.of();
  }

  @Override
  protected Map<String, List<String>> refusedJson() {
    String leg = "{\"query\": {\"match_all\": {}}}";
    Map<String, List<String>> refused = new LinkedHashMap<>();
    refused.put("{\"fusion\": {}}", List.of("[legs]", "[0]"));
    refused.put("{\"fusion\": {\"legs\": []}}", List.of("1 to 16", "[0]"));
    refused.put(
        "{\"fusion\": {\"legs\": [" + leg + ("," + leg).repeat(16) + "]}}",
        List.of("1 to 16", "[17]"));
    refused.put("{\"fusion\": {\"legs\": " + leg + "}}", List.of("[legs]", "an array"));
    refused.put("{\"fusion\": {\"legs\": null}}", List.of("[legs]", "VALUE_NULL"));
    refused.put("{\"fusion\": {\"legs\": [1]}}", List.of("leg [1]", "an object"));
    refused.put("{\"fusion\": {\"legs\": [{}]}}", List.of("[leg_1]", "[query]"));
    refused.put(
        "{\"fusion\": {\"legs\": [{\"query\": [{\"match_all\": {}}, {\"match_all\": {}}]}]}}",
        List.of("[query]", "an object"));
    refused.put(
        "{\"fusion\": {\"legs\": [" + leg + "], \"filter\": [{\"match_all\": {}}]}}",
        List.of("[filter]", "an object"));
    for (String name : new String[] {"null", "1", "{}"}) {
      refused.put(
          "{\"fusion\": {\"legs\": [{\"name\": " + name + "}]}}", List.of("[name]", "a string"));
    }
    for (String weight : new String[] {"null", "\"heavy\"", "[1]"}) {
      refused.put(
          "{\"fusion\": {\"legs\": [{\"weight\": " + weight + "}]}}",
          List.of("[weight]", "a number"));
    }
    refused.put(
        "{\"fusion\": {\"legs\": [{\"weight\": 0, \"query\": {\"match_all\": {}}}]}}",
        List.of("[weight]", "[0.0]"));
    refused.put("{\"fusion\": {\"legs\": [{\"query\": null}]}}", List.of("an object"));
    refused.put("{\"fusion\": {\"legs\": [{\"bogus\": 1}]}}", List.of("leg [1]", "[bogus]"));
    refused.put(
        "{\"fusion\": {\"legs\": [{\"name\": \"leg_2\", \"query\": {\"match_all\": {}}}, "
            + leg
            + "]}}",
        List.of("names of their own", "[leg_2]"));
    Map<String, List<String>> options = new LinkedHashMap<>();
    for (String value : new String[] {"null", "1", "{}"}) {
      options.put("\"combination\": " + value, List.of("[combination]", "a string"));
      options.put("\"normalization\": " + value, List.of("[normalization]", "a string"));
      options.put("\"_name\": " + value, List.of("[_name]", "a string"));
    }
    for (String value : new String[] {"null", "\"ten\"", "1.5", "1e20"}) {
      options.put("\"window\": " + value, List.of("[window]", "a whole number"));
      options.put("\"rank_constant\": " + value, List.of("[rank_constant]", "a whole number"));
    }
    options.put("\"combination\": \"sum\"", List.of("[combination]", "[sum]", "rrf"));
    options.put("\"normalization\": \"sum\"", List.of("[normalization]", "[sum]", "z_score"));
    options.put("\"normalization\": \"l2\", \"combination\": \"rrf\"", List.of("[rrf]", "[l2]"));
    options.put("\"window\": 0", List.of("[window]", "[0]"));
    options.put("\"window\": 10001", List.of("[window]", "[10001]"));
    options.put("\"rank_constant\": 0", List.of("[rank_constant]", "[0]"));
    options.put("\"filter\": null", List.of("an object"));
    for (String value : new String[] {"null", "\"yes\"", "1", "{}"}) {
      options.put("\"scores\": " + value, List.of("[scores]", "true or false"));
    }
    for (String key : new String[] {"pinned", "excluded"}) {
      options.put("\"" + key + "\": \"1\"", List.of("[" + key + "]", "an array"));
      options.put("\"" + key + "\": [1]", List.of("[" + key + "]", "strings", "VALUE_NUMBER"));
    }
    options.put("\"pinned\": [\"a\", \"b\", \"a\"]", List.of("[pinned]", "once", "a, b, a"));
    options.put(
        "\"pinned\": [\"a\", \"b\"], \"excluded\": [\"b\"]",
        List.of("[pinned]", "[excluded]", "[b]"));
    options.put(
        "\"pinned\": " + IntStream.range(0, 101).mapToObj(i -> "\"" + i + "\"").toList(),
        List.of("[pinned]", "at most [100]", "[101]"));
    options.put("\"min_relevance\": null", List.of("[min_relevance]", "a number"));
    options.put("\"min_relevance\": -1", List.of("[min_relevance]", "at least 0", "[-1.0]"));
    String map = "\"min_relevance\": {\"probability\": ";
    options.put(map + "1}", List.of("[probability]", "under 1", "[1.0]"));
    options.put(map + "0.5}", List.of("[fused]", "[legs]", "got none"));
    options.put(map + "0.5, \"slope\": 1}", List.of("[min_relevance]", "[slope]"));
    options.put(map + "0.5, \"legs\": {\"no\": 1}}", List.of("[min_relevance]", "[leg_1]", "[no]"));
    options.put("\"diversify\": \"dense\"", List.of("[diversify]", "an object"));
    options.put("\"diversify\": {\"lambda\": 1}", List.of("[diversify]", "[field]", "[none]"));
    String diversify = "\"diversify\": {\"field\": \"f\"";
    options.put(diversify + "}", List.of("[diversify]", "[lambda]", "[NaN]"));
    options.put(diversify + ", \"lambda\": 1.1}", List.of("[lambda]", "0 to 1", "[1.1]"));
    options.put(
        diversify + ", \"lambda\": 1, \"window\": 1001}", List.of("[window]", "1000", "[1001]"));
    options.put(diversify + ", \"k\": 1}", List.of("[diversify]", "[k]"));
    options.put("\"collapse\": \"dense\"", List.of("[collapse]", "an object"));
    options.put("\"collapse\": {\"field\": \"f\"}", List.of("[collapse]", "[similarity]", "[NaN]"));
    options.put(
        "\"collapse\": {\"field\": \"f\", \"similarity\": 1.1}", List.of("0 to 1", "[1.1]"));
    options.put("\"boosts\": []", List.of("[boosts]", "an object"));
    options.put("\"boosts\": {}", List.of("[boosts]", "one or more functions"));
    options.put(
        "\"boosts\": {\"weight\": 2, \"min_score\": 1}", List.of("[boosts]", "[min_score]"));
    options.put("\"boosts\": {\"weight\": 2, \"boost\": 3}", List.of("[boosts]", "[boost]"));
    options.put("\"boosts\": {\"weight\": 2, \"_name\": \"n\"}", List.of("[boosts]", "[_name]"));
    options.put(
        "\"boosts\": {\"weight\": 2, \"query\": {\"match_none\": {}}}",
        List.of("[boosts]", "[query]"));
    options.put("\"boost\": \"much\"", List.of("[boost]", "a number"));
    options.forEach(
        (option, words) ->
            refused.put("{\"fusion\": {\"legs\": [" + leg + "], " + option + "}}", words));
    return refused;
  }

  private SearchRequest request(QueryBuilder query) {
    return new SearchRequest(getIndex().getName()).source(new SearchSourceBuilder().query(query));
  }

  private QueryBuilder coordinate(SearchRequest request, LegClient shards) {
    return rewriteAndFetch(
        request.source().query(),
        new QueryCoordinatorContext(
            new BaseQueryRewriteContext(
                xContentRegistry(), namedWriteableRegistry(), shards, () -> 0L),
            request));
  }

  @Override
  protected QueryBuilder coordinate(QueryBuilder query) {
    try (LegClient shards = new LegClient(getTestName(), getIndex())) {
      return coordinate(request(query), shards);
    }
  }

  @Override
  protected void doAssertLuceneQuery(
      FusionQueryBuilder query, Query lucene, QueryShardContext context) {
    boolean none = lucene instanceof MatchNoDocsQuery; // when no document is relevant enough
    assertTrue(lucene.toString(), none || lucene instanceof FusedDocsQuery);
  }

  @Override
  public void testMustRewrite() {
    for (int i = 0; i < 5; i++) {
      FusionQueryBuilder query = createTestQueryBuilder();
      IllegalArgumentException refused =
          expectThrows(IllegalArgumentException.class, () -> query.toQuery(createShardContext()));
      assertThat(refused.getMessage(), containsString("must be part of a search"));
    }
  }

  /** A filter goes into every leg. */
  @Override
  public void testFilter() {
    TermQueryBuilder filter = new TermQueryBuilder("f", "v");
    FusionQueryBuilder query =
        new FusionQueryBuilder(
            List.of(
                new FusionLeg("a", 1, new MatchAllQueryBuilder()),
                new FusionLeg("b", 1, new TermQueryBuilder("g", "w"))));
    assertSame(query, query.filter(null));
    assertSame(query, query.filter(filter));
    try (LegClient shards = new LegClient(getTestName(), getIndex())) {
      coordinate(request(query), shards);
      for (SearchRequest leg : shards.searches) {
        assertEquals(List.of(filter), ((BoolQueryBuilder) leg.source().query()).filter());
      }
    }
  }

  /** A fusion that is only a part must reach the shards, which know what it stands in. */
  public void testAShardWithoutFusedDocumentsMatchesNothing() throws IOException {
    FusedDoc elsewhere =
        new FusedDoc(
            new DocKey(new Index("elsewhere", "_na_").getName(), 0, "1"),
            1,
            1,
            0,
            new int[] {1},
            new float[] {1},
            new float[] {1});
    for (FusionRole role : FusionRole.values()) {
      QueryBuilder fused =
          new FusedDocsQueryBuilder(
              new FusedRanking(
                  List.of(new FusionLeg("a", 1, new MatchAllQueryBuilder())),
                  new RankFusion(Combination.RRF, Normalization.NONE, 60),
                  List.of(elsewhere)),
              List.of(),
              role);
      QueryBuilder rewritten = rewriteAndFetch(fused, createShardContext());
      assertEquals(role == FusionRole.WHOLE, rewritten instanceof MatchNoneQueryBuilder);
    }
  }

  public void testNestingIsLimited() throws IOException {
    String query = "{\"match_all\": {}}";
    for (int depth = 1; depth <= FusionQueryBuilder.MAX_DEPTH; depth++) {
      query = "{\"fusion\": {\"legs\": [{\"query\": " + query + "}]}}";
      assertNotNull(parseQuery(query));
    }
    String deep = "{\"fusion\": {\"legs\": [{\"query\": " + query + "}]}}";
    for (int i = 0; i < 2; i++) {
      ParsingException refused = expectThrows(ParsingException.class, () -> parseQuery(deep));
      assertThat(refused.getMessage(), containsString("nested at most [5] deep"));
      assertNotNull(parseQuery(query));
    }
    StringBuilder overflow = new StringBuilder();
    for (int depth = 0; depth < 200; depth++) {
      overflow.append("{\"fusion\": {\"legs\": [{\"query\": ");
    }
    expectThrows(ParsingException.class, () -> parseQuery(overflow.toString()));
  }

  /** Whether it can match is asked of a query where no search runs. */
  public void testOutsideOfASearchItCanMatchWhatALegCan() throws IOException {
    QueryBuilder never = new MatchNoneQueryBuilder();
    QueryBuilder text = new DenseQueryBuilder(QueriesPlugin.ENCODER, DENSE).text("a", null);
    QueryShardContext shard = createShardContext();
    assertTrue(fusionOf(never, never).rewrite(shard) instanceof MatchNoneQueryBuilder);
    assertTrue(fusionOf(never, text).rewrite(shard) instanceof FusionQueryBuilder);
    assertTrue(fusionOf(text, text).filter(never).rewrite(shard) instanceof MatchNoneQueryBuilder);
  }

  private static FusionQueryBuilder fusionOf(QueryBuilder one, QueryBuilder other) {
    return new FusionQueryBuilder(
        List.of(new FusionLeg("a", 1, one), new FusionLeg("b", 1, other)));
  }
}
