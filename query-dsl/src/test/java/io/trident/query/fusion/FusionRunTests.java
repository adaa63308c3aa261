/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.search.SearchTrace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.lucene.search.BooleanClause;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchTask;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.IdsQueryBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilderVisitor;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.index.query.functionscore.FunctionScoreQueryBuilder;
import org.opensearch.index.query.functionscore.ScoreFunctionBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchShardTarget;
import org.opensearch.search.aggregations.AggregationBuilders;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.collapse.CollapseBuilder;
import org.opensearch.search.rescore.QueryRescorerBuilder;
import org.opensearch.search.slice.SliceBuilder;

/** One fusion of one search: what it refuses, and what it makes of the windows of its legs. */
public class FusionRunTests extends FusionTestCase {

  public void testSearchesThatItCannotBePartOf() {
    FusionQueryBuilder query = new FusionQueryBuilder(List.of(leg("a"))).window(20);
    SearchRequest deep = request(query);
    deep.source().from(15).size(6);
    refused(deep, "[window]", "[20]", "from [15]", "size [6]");
    deep.source().from(14);
    assertNotNull(coordinate(deep));
    SearchRequest byDefault = request(new FusionQueryBuilder(List.of(leg("a"))).window(9));
    refused(byDefault, "[window]", "[9]", "from [0]", "size [10]");
    byDefault.source().size(9);
    assertNotNull(coordinate(byDefault));
    SearchRequest sliced = request(query);
    sliced.source().slice(new SliceBuilder(0, 2));
    refused(sliced, "[slice]");
    SearchRequest ended = request(query);
    ended.source().terminateAfter(5);
    refused(ended, "[terminate_after]");
  }

  public void testScoresAreRefusedWhereHitsCannotTellThem() {
    FusionQueryBuilder query = new FusionQueryBuilder(List.of(leg("a"))).scores(true);
    SearchRequest scrolled = request(query).scroll("1m");
    refused(scrolled, "[scroll]", "[scores]");
    SearchRequest bare = request(query);
    bare.source().storedField("_none_");
    refused(bare, "[stored_fields]", "[_none_]", "[scores]");
  }

  /** A hit is told what the legs gave it, also those of fusions inside of legs. */
  @SuppressWarnings("unchecked") // the field's value is what JSON has
  public void testHitsTellWhatLegsGaveThem() {
    FusionQueryBuilder inner =
        new FusionQueryBuilder(List.of(leg("a"), new FusionLeg("b", 3, new MatchAllQueryBuilder())))
            .combination(Combination.RRF)
            .scores(true);
    FusionQueryBuilder query =
        new FusionQueryBuilder(
                List.of(new FusionLeg("in", 2, QueryBuilders.boolQuery().must(inner)), leg("out")))
            .scores(true)
            .queryName("all");
    SearchTrace trace =
        new SearchTrace(
            new SearchTask(42, "search", "search", () -> "", null, Map.of()),
            new TaskId("node", 42));
    SearchResponse response;
    try (LegClient client = client()) {
      ThreadContext context = client.threadPool().getThreadContext();
      try (ThreadContext.StoredContext outer = trace.enter(context)) {
        coordinate(request(query), client);
      }
      response = client.response(hit("3"), hit("unknown"));
    }
    FusionNotes.of(trace).tell(response.getHits());
    SearchHit[] hits = response.getHits().getHits();
    assertNull(hits[1].field(HitScores.FIELD));
    List<Object> fusions = hits[0].field(HitScores.FIELD).getValues();
    assertEquals(1, fusions.size());
    Map<String, Object> whole = (Map<String, Object>) fusions.get(0);
    assertEquals("all", whole.get("name"));
    assertEquals(4, whole.get("rank"));
    assertEquals(0.25f, (float) whole.get("score"), 1e-6f);
    Map<String, Object> in = told(whole, "in");
    assertEquals(Map.of("rank", 4, "score", 2f, "normalized", 0.25f, "weight", 2f), told(in));
    assertEquals(2 / 3f, (float) in.get("share"), 1e-6f);
    assertEquals(1 / 3f, (float) told(whole, "out").get("share"), 1e-6f);
    Map<String, Object> inside = (Map<String, Object>) ((List<Object>) in.get("fusion")).get(0);
    assertEquals(4, inside.get("rank"));
    assertEquals(4 / 64f, (float) inside.get("score"), 1e-6f);
    assertEquals(0.25f, (float) told(inside, "a").get("share"), 1e-6f);
    assertEquals(0.75f, (float) told(inside, "b").get("share"), 1e-6f);
  }

  @SuppressWarnings("unchecked") // the field's value is what JSON has
  private static Map<String, Object> told(Map<String, Object> fusion, String name) {
    return ((Map<String, Map<String, Object>>) fusion.get("legs")).get(name);
  }

  private static Map<String, Object> told(Map<String, Object> leg) {
    Map<String, Object> told = new LinkedHashMap<>(leg);
    told.keySet().retainAll(List.of("rank", "score", "normalized", "weight"));
    return told;
  }

  private SearchHit hit(String id) {
    SearchHit hit = new SearchHit(0, id, Map.of(), Map.of());
    hit.shard(new SearchShardTarget("node", new ShardId(INDEX, 0), null, null));
    return hit;
  }

  private void refused(SearchRequest request, String... words) {
    try (LegClient client = client()) {
      IllegalArgumentException refused =
          expectThrows(IllegalArgumentException.class, () -> coordinate(request, client));
      for (String word : words) {
        assertThat(refused.getMessage(), containsString(word));
      }
      assertEquals(0, client.searches.size());
    }
  }

  /** What is counted or aggregated beside the hits depends on where the fusion stands. */
  public void testRoles() {
    FusionQueryBuilder query = new FusionQueryBuilder(List.of(leg("a")));
    SearchSourceBuilder source = new SearchSourceBuilder();
    assertEquals(FusionRole.PART, FusionRole.of(query, null));
    assertEquals(FusionRole.PART, FusionRole.of(query, source));
    assertEquals(FusionRole.WHOLE, FusionRole.of(query, source.query(query)));
    assertEquals(FusionRole.COUNTED, FusionRole.of(query, source.trackTotalHits(true)));
    assertEquals(FusionRole.AGGREGATED, FusionRole.of(query, source.size(0)));
    source.size(10).trackTotalHits(false);
    assertEquals(
        FusionRole.AGGREGATED,
        FusionRole.of(query, source.aggregation(AggregationBuilders.max("m").field("f"))));
    for (QueryBuilder around :
        List.of(
            QueryBuilders.boolQuery().must(query),
            QueryBuilders.functionScoreQuery(query),
            new FusionQueryBuilder(List.of(new FusionLeg("b", 1, query))))) {
      assertEquals(FusionRole.PART, FusionRole.of(query, source.query(around)));
    }
  }

  /** Shards look for the page alone, unless something else orders or cuts the ranking. */
  public void testShardsAreSentWhatTheSearchCanShow() {
    List<Consumer<SearchRequest>> wishes =
        List.of(
            search -> search.scroll("1m"),
            search -> search.source().sort("year"),
            search -> search.source().searchAfter(new Object[] {1}),
            search -> search.source().collapse(new CollapseBuilder("year")),
            search -> search.source().addRescorer(new QueryRescorerBuilder(leg("r").query())),
            search -> search.source().postFilter(leg("p").query()),
            search -> search.source().minScore(0.5f),
            search -> search.source().aggregation(AggregationBuilders.max("m").field("f")),
            search -> search.source().trackTotalHits(true),
            search -> search.source().indexBoost("library", 2),
            search ->
                search.source().query(QueryBuilders.boolQuery().must(search.source().query())));
    assertEquals(13, sent(search -> search.source().from(1).size(2)));
    assertEquals(10, sent(search -> search.source().size(0)));
    assertEquals(20, sent(search -> {}));
    for (int wish = 0; wish < wishes.size(); wish++) {
      assertEquals("wish " + wish, 40, sent(wishes.get(wish)));
    }
  }

  private int sent(Consumer<SearchRequest> wish) {
    FusionQueryBuilder query = new FusionQueryBuilder(List.of(leg("a")));
    SearchRequest request = request(query);
    wish.accept(request);
    try (LegClient client = client()) {
      SearchHit[] hits = new SearchHit[40];
      for (int i = 0; i < hits.length; i++) {
        hits[i] = client.hit(Integer.toString(i), 40 - i);
      }
      client.answer = search -> client.response(hits);
      QueryBuilder rewritten = coordinate(request, client);
      FusedDocsQueryBuilder fused =
          (FusedDocsQueryBuilder)
              (rewritten instanceof BoolQueryBuilder bool ? bool.must().get(0) : rewritten);
      FusedRanking ranking = fused.ranking();
      assertEquals(40, ranking.documents().size() + ranking.othersOf(INDEX.getName(), 0));
      return ranking.documents().size();
    }
  }

  public void testAWindowOfAnInnerFusionMayBeSmallerThanAPage() {
    FusionQueryBuilder inner = new FusionQueryBuilder(List.of(leg("a"))).window(3);
    for (QueryBuilder outer :
        List.of(
            QueryBuilders.boolQuery().must(inner),
            new FusionQueryBuilder(List.of(new FusionLeg("b", 1, inner))))) {
      try (LegClient client = client()) {
        coordinate(request(outer), client);
      }
    }
  }

  public void testAFilterLeavesTheLegsAsTheyAre() {
    BoolQueryBuilder leg = QueryBuilders.boolQuery().should(new MatchAllQueryBuilder());
    FusionQueryBuilder query =
        new FusionQueryBuilder(List.of(new FusionLeg("a", 1, leg)))
            .filter(new TermQueryBuilder("f", "v"));
    try (LegClient client = client()) {
      coordinate(request(query), client);
    }
    assertEquals(0, leg.filter().size());
  }

  private QueryBuilder coordinate(SearchRequest request) {
    try (LegClient client = client()) {
      return coordinate(request, client);
    }
  }

  public void testOnlyDocumentsThatAreRelevantEnoughAreFused() {
    FusionQueryBuilder query =
        new FusionQueryBuilder(List.of(leg("a"))).minRelevance(new MinRelevance(0.5f, null));
    try (LegClient client = client()) {
      assertEquals(List.of("0", "1", "2"), ids(fused(query, client)));
    }
  }

  /** Documents that legs find, and one that none finds. */
  public void testPinnedDocumentsAreOnTop() {
    TermQueryBuilder filter = new TermQueryBuilder("f", "v");
    FusionQueryBuilder query =
        new FusionQueryBuilder(List.of(leg("a"))).pinned(List.of("3", "none", "x")).filter(filter);
    try (LegClient client = client()) {
      client.answer =
          search ->
              client.searches.size() == 1
                  ? client.found()
                  : client.response(client.hit("3", 3), client.hit("x", 1));
      FusedRanking ranking = fused(query, client);
      assertEquals(List.of("3", "x", "0", "1", "2", "4"), ids(ranking));
      assertEquals(List.of("a"), ranking.legs().stream().map(FusionLeg::name).toList());
      List<QueryBuilder> searched = new ArrayList<>();
      client.searches.get(1).source().query().visit(collecting(searched));
      assertTrue(searched.toString(), searched.contains(filter));
      assertTrue(searched.toString(), searched.contains(new IdsQueryBuilder().addIds("none")));
    }
  }

  private static QueryBuilderVisitor collecting(List<QueryBuilder> parts) {
    return new QueryBuilderVisitor() {
      @Override
      public void accept(QueryBuilder part) {
        parts.add(part);
      }

      @Override
      public QueryBuilderVisitor getChildVisitor(BooleanClause.Occur occur) {
        return this;
      }
    };
  }

  private static ScoreBoosts boosts() {
    return new ScoreBoosts(
        new FunctionScoreQueryBuilder(
            new FunctionScoreQueryBuilder.FilterFunctionBuilder[] {
              new FunctionScoreQueryBuilder.FilterFunctionBuilder(
                  ScoreFunctionBuilders.weightFactorFunction(2))
            }));
  }

  /** Shards compute the boosted scores of all fused documents, at most a window of them at once. */
  public void testBoostedScoresAreThoseOfShards() {
    FusionQueryBuilder query =
        new FusionQueryBuilder(List.of(leg("a"), leg("b"))).window(6).boosts(boosts());
    SearchRequest request = request(query);
    request.source().size(6);
    try (LegClient client = client()) {
      client.answer =
          search ->
              switch (client.searches.size()) {
                case 1 -> client.found();
                case 2 -> client.response(client.hit("8", 2), client.hit("9", 1));
                case 3 -> client.response(client.hit("4", 7), client.hit("8", 6));
                default -> client.response(client.hit("9", 9));
              };
      FusedRanking ranking = ((FusedDocsQueryBuilder) coordinate(request, client)).ranking();
      assertEquals(List.of("9", "4", "8"), ids(ranking));
      assertEquals(9, ranking.documents().get(0).score(), 0);
      assertEquals(4, client.searches.size());
    }
  }

  /** Documents 0 and 1 are alike, and 2 is like neither. */
  public void testDiversifiedDocumentsAreOrderedByTheirVectors() {
    Map<String, List<Float>> vectors =
        Map.of("0", List.of(1f, 0f), "1", List.of(2f, 0f), "2", List.of(0f, 1f));
    FusionQueryBuilder query =
        new FusionQueryBuilder(List.of(leg("a")))
            .diversify(new Diversification(new ComparedTop("diversify", "v", 3), 0.5f));
    try (LegClient client = client()) {
      client.answer = search -> withVectors(search, client.found(), vectors);
      assertEquals(List.of("0", "2", "1", "3", "4"), ids(fused(query, client)));
      assertEquals(List.of(new LegHits((String) null)), client.searches.get(0).source().ext());
    }
  }

  public void testDocumentsLikeBetterOnesAreLeftOut() {
    Map<String, List<Float>> vectors =
        Map.of("0", List.of(1f, 0f), "1", List.of(2f, 0f), "2", List.of(0f, 1f));
    FusionQueryBuilder query =
        new FusionQueryBuilder(List.of(leg("a")))
            .collapse(new NearDuplicates(new ComparedTop("collapse", "v", 3), 0.9f));
    try (LegClient client = client()) {
      client.answer = search -> withVectors(search, client.found(), vectors);
      assertEquals(List.of("0", "2", "3", "4"), ids(fused(query, client)));
    }
  }

  private static SearchResponse withVectors(
      SearchRequest search, SearchResponse found, Map<String, List<Float>> vectors) {
    if (search.source().ext().contains(new LegHits("v"))) {
      for (SearchHit hit : found.getHits().getHits()) {
        LegHits.setVector(hit, vectors.get(LegHits.id(hit)));
      }
    }
    return found;
  }

  public void testARankingWithoutDocumentsIsNotBoostedOrDiversified() {
    FusionQueryBuilder query =
        new FusionQueryBuilder(List.of(leg("a")))
            .boosts(boosts())
            .diversify(new Diversification(new ComparedTop("diversify", "v", 3), 0.5f));
    try (LegClient client = client()) {
      client.answer = search -> client.response();
      assertEquals(List.of(), ids(fused(query, client)));
      assertEquals(1, client.searches.size());
    }
  }
}
