package io.trident.query.fusion;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.dsl.DenseQueryBuilder;
import io.trident.query.dsl.QueriesPlugin;
import io.trident.query.dsl.QueryTestCase;
import io.trident.query.search.SearchTrace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TotalHits;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionType;
import org.opensearch.action.search.SearchPhaseExecutionException;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchTask;
import org.opensearch.action.search.SearchType;
import org.opensearch.action.search.ShardSearchFailure;
import org.opensearch.common.lucene.search.function.CombineFunction;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.index.Index;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.BaseQueryRewriteContext;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.MatchNoneQueryBuilder;
import org.opensearch.index.query.MatchQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.index.query.QueryShardContext;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.index.query.functionscore.FunctionScoreQueryBuilder;
import org.opensearch.index.query.functionscore.ScoreFunctionBuilders;
import org.opensearch.script.Script;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;
import org.opensearch.search.SearchShardTarget;
import org.opensearch.search.aggregations.AggregationBuilders;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.internal.InternalSearchResponse;
import org.opensearch.search.slice.SliceBuilder;
import org.opensearch.test.client.NoOpClient;

/**
 * The query {@code fusion}, over the answers of a client that finds documents 0 to 4 by any leg.
 */
public class FusionQueryBuilderTests extends QueryTestCase<FusionQueryBuilder> {

  private static final int FOUND = 5;

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
      fusion.diversify(new Diversification("f", randomFloat(), randomIntBetween(1, 1000)));
    }
    return randomBoolean() ? fusion : fusion.filter(new TermQueryBuilder(KEYWORD_FIELD_NAME, "x"));
  }

  private static MinRelevance minRelevance(String leg) {
    return randomBoolean()
        ? new MinRelevance(randomFloat(), null)
        : new MinRelevance(
            0.5f, new MinRelevance.ScoreMap(randomFloat(), 1, Map.of(leg, randomFloat())));
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

  /** Answers searches, and keeps what was searched. */
  private final class Shards extends NoOpClient {
    private final List<SearchRequest> searches = new ArrayList<>();
    private ToIntFunction<QueryBuilder> finding = query -> FOUND;
    private Exception failure;

    private Shards() {
      super(getTestName());
    }

    @Override
    @SuppressWarnings("unchecked") // a search is answered with a search's response
    protected <Request extends ActionRequest, Response extends ActionResponse> void doExecute(
        ActionType<Response> action, Request request, ActionListener<Response> listener) {
      searches.add((SearchRequest) request);
      if (failure == null) {
        listener.onResponse(
            (Response) found(finding.applyAsInt(searches.getLast().source().query())));
      } else {
        listener.onFailure(failure);
      }
    }

    private SearchResponse found(int count) {
      SearchHit[] hits = new SearchHit[count];
      for (int i = 0; i < hits.length; i++) {
        hits[i] = new SearchHit(i, null, Map.of(), Map.of());
        LegHits.set(hits[i], Integer.toString(i));
        hits[i].score(hits.length - i);
        hits[i].shard(new SearchShardTarget("node", new ShardId(getIndex(), 0), null, null));
      }
      return response(hits);
    }

    private SearchResponse response(SearchHit... hits) {
      TotalHits total = new TotalHits(hits.length, TotalHits.Relation.EQUAL_TO);
      return new SearchResponse(
          new InternalSearchResponse(
              new SearchHits(hits, total, hits.length), null, null, null, false, null, 1),
          null,
          1,
          1,
          0,
          1,
          ShardSearchFailure.EMPTY_ARRAY,
          SearchResponse.Clusters.EMPTY);
    }
  }

  private SearchRequest request(QueryBuilder query) {
    return new SearchRequest(getIndex().getName()).source(new SearchSourceBuilder().query(query));
  }

  private QueryBuilder coordinate(SearchRequest request, Shards shards) {
    return rewriteAndFetch(
        request.source().query(),
        new QueryCoordinatorContext(
            new BaseQueryRewriteContext(
                xContentRegistry(), namedWriteableRegistry(), shards, () -> 0L),
            request));
  }

  @Override
  protected QueryBuilder coordinate(QueryBuilder query) {
    try (Shards shards = new Shards()) {
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
    try (Shards shards = new Shards()) {
      coordinate(request(query), shards);
      for (SearchRequest leg : shards.searches) {
        assertEquals(List.of(filter), ((BoolQueryBuilder) leg.source().query()).filter());
      }
    }
  }

  public void testEachLegIsASearchOfItsOwn() {
    FusionQueryBuilder query =
        new FusionQueryBuilder(
                List.of(
                    new FusionLeg("a", 1, new MatchQueryBuilder(TEXT_FIELD_NAME, "x")),
                    new FusionLeg(
                        "b",
                        1,
                        new DenseQueryBuilder(QueriesPlugin.ENCODER, DENSE)
                            .vector(randomVector(8)))))
            .window(100);
    SearchRequest request = request(query).routing("here").preference("_local").pipeline("p");
    try (Shards shards = new Shards()) {
      FusedDocsQueryBuilder fused = (FusedDocsQueryBuilder) coordinate(request, shards);
      assertEquals(2, shards.searches.size());
      Set<SearchType> types = new TreeSet<>();
      for (SearchRequest leg : shards.searches) {
        assertArrayEquals(request.indices(), leg.indices());
        assertEquals("here", leg.routing());
        assertEquals("_local", leg.preference());
        assertEquals("_none", leg.pipeline());
        assertEquals(125, leg.source().size());
        assertFalse(leg.allowPartialSearchResults());
        assertFalse(leg.source().fetchSource().fetchSource());
        types.add(leg.searchType());
      }
      assertEquals(Set.of(SearchType.DFS_QUERY_THEN_FETCH, SearchType.QUERY_THEN_FETCH), types);
      assertThat(fused.toString(), containsString("\"documents\" : " + FOUND));
      assertSame(fused, coordinate(request(fused), shards));
      assertEquals(2, shards.searches.size());
    }
  }

  public void testALegIsAskedForWhatOthersFound() throws IOException {
    float[] vector = randomVector(8);
    DenseQueryBuilder dense = dense(vector).k(3);
    FusionQueryBuilder query =
        new FusionQueryBuilder(
            List.of(
                new FusionLeg("all", 1, new MatchAllQueryBuilder()),
                new FusionLeg("near", 1, dense)));
    try (Shards shards = new Shards()) {
      shards.finding = searched -> searched == dense ? 0 : FOUND;
      coordinate(request(query), shards);
      assertEquals("not unless it is wanted", 2, shards.searches.size());
    }
    SearchTrace trace =
        new SearchTrace(
            new SearchTask(42, "search", "search", () -> "", null, Map.of()),
            new TaskId("node", 42));
    try (Shards shards = new Shards()) {
      shards.finding = searched -> searched == dense ? 0 : 3;
      ThreadContext context = shards.threadPool().getThreadContext();
      FusedDocsQueryBuilder fused;
      try (ThreadContext.StoredContext outer = trace.enter(context)) {
        fused = (FusedDocsQueryBuilder) coordinate(request(query.missing(Missing.SCORE)), shards);
      }
      assertEquals("the first leg lacks nothing", 3, shards.searches.size());
      BoolQueryBuilder asked = (BoolQueryBuilder) shards.searches.get(2).source().query();
      assertEquals(List.of(dense(vector).exact()), asked.must());
      FusedDocsQueryBuilder among = (FusedDocsQueryBuilder) asked.filter().get(0);
      assertEquals(keys(fused), keys(among));
      assertEquals("the request's own query stays", dense(vector).k(3), dense);
      for (FusedDoc document : fused.ranking().documents()) {
        assertEquals(0, document.ranks()[1]);
        assertEquals(document.scores()[0], document.scores()[1], 0);
      }
      String profiled = trace.profiled(shards.found(0)).toString();
      assertThat(profiled, containsString("\"name\":\"near (missing)\",\"candidates\":3,"));
    }
  }

  private static Set<DocKey> keys(FusedDocsQueryBuilder query) {
    return query.ranking().documents().stream().map(FusedDoc::key).collect(Collectors.toSet());
  }

  public void testLegsAreChildrenOfTheSearch() {
    FusionQueryBuilder query =
        new FusionQueryBuilder(List.of(new FusionLeg("a", 1, new MatchAllQueryBuilder())));
    TaskId task = new TaskId("node", 42);
    SearchTrace trace =
        new SearchTrace(new SearchTask(42, "search", "search", () -> "", null, Map.of()), task);
    try (Shards shards = new Shards()) {
      ThreadContext context = shards.threadPool().getThreadContext();
      try (ThreadContext.StoredContext outer = trace.enter(context)) {
        coordinate(request(query), shards);
      }
      assertNull(SearchTrace.current(context));
      assertEquals(task, shards.searches.get(0).getParentTask());
      String profiled = FusionNotes.of(trace).profiled(shards.found(FOUND)).toString();
      assertThat(profiled, containsString("\"name\":\"a\",\"candidates\":5,\"took\":"));
    }
  }

  public void testAFailingLegIsNamed() {
    FusionQueryBuilder query =
        new FusionQueryBuilder(List.of(new FusionLeg("titles", 1, new MatchAllQueryBuilder())));
    try (Shards shards = new Shards()) {
      shards.failure =
          new SearchPhaseExecutionException(
              "query",
              "all shards failed",
              new ShardSearchFailure[] {
                new ShardSearchFailure(new IllegalArgumentException("no such field"))
              });
      OpenSearchStatusException failed =
          expectThrows(OpenSearchStatusException.class, () -> coordinate(request(query), shards));
      assertEquals(400, failed.status().getStatus());
      assertThat(
          failed.getMessage(), containsString("[fusion] leg [titles] failed: no such field"));
    }
  }

  public void testSearchesThatItCannotBePartOf() {
    FusionQueryBuilder query =
        new FusionQueryBuilder(List.of(new FusionLeg("a", 1, new MatchAllQueryBuilder())))
            .window(20);
    SearchRequest deep = request(query);
    deep.source().from(15).size(6);
    refused(deep, "[window]", "[20]", "from [15]", "size [6]");
    SearchRequest sliced = request(query);
    sliced.source().slice(new SliceBuilder(0, 2));
    refused(sliced, "[slice]");
    SearchRequest ended = request(query);
    ended.source().terminateAfter(5);
    refused(ended, "[terminate_after]");
  }

  public void testScoresAreRefusedWhereHitsCannotTellThem() {
    FusionQueryBuilder query =
        new FusionQueryBuilder(List.of(new FusionLeg("a", 1, new MatchAllQueryBuilder())))
            .scores(true);
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
        new FusionQueryBuilder(
                List.of(
                    new FusionLeg("a", 1, new MatchAllQueryBuilder()),
                    new FusionLeg("b", 3, new MatchAllQueryBuilder())))
            .combination(Combination.RRF)
            .scores(true);
    FusionQueryBuilder query =
        new FusionQueryBuilder(
                List.of(
                    new FusionLeg("in", 2, QueryBuilders.boolQuery().must(inner)),
                    new FusionLeg("out", 1, new MatchAllQueryBuilder())))
            .scores(true)
            .queryName("all");
    SearchTrace trace =
        new SearchTrace(
            new SearchTask(42, "search", "search", () -> "", null, Map.of()),
            new TaskId("node", 42));
    SearchResponse response;
    try (Shards shards = new Shards()) {
      ThreadContext context = shards.threadPool().getThreadContext();
      try (ThreadContext.StoredContext outer = trace.enter(context)) {
        coordinate(request(query), shards);
      }
      response = shards.response(hit("3"), hit("unknown"));
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
    Map<String, Object> in = leg(whole, "in");
    assertEquals(Map.of("rank", 4, "score", 2f, "normalized", 0.25f, "weight", 2f), told(in));
    assertEquals(2 / 3f, (float) in.get("share"), 1e-6f);
    assertEquals(1 / 3f, (float) leg(whole, "out").get("share"), 1e-6f);
    Map<String, Object> inside = (Map<String, Object>) ((List<Object>) in.get("fusion")).get(0);
    assertEquals(4, inside.get("rank"));
    assertEquals(4 / 64f, (float) inside.get("score"), 1e-6f);
    assertEquals(0.25f, (float) leg(inside, "a").get("share"), 1e-6f);
    assertEquals(0.75f, (float) leg(inside, "b").get("share"), 1e-6f);
  }

  @SuppressWarnings("unchecked") // the field's value is what JSON has
  private static Map<String, Object> leg(Map<String, Object> fusion, String name) {
    return ((Map<String, Map<String, Object>>) fusion.get("legs")).get(name);
  }

  private static Map<String, Object> told(Map<String, Object> leg) {
    Map<String, Object> told = new LinkedHashMap<>(leg);
    told.keySet().retainAll(List.of("rank", "score", "normalized", "weight"));
    return told;
  }

  private SearchHit hit(String id) {
    SearchHit hit = new SearchHit(0, id, Map.of(), Map.of());
    hit.shard(new SearchShardTarget("node", new ShardId(getIndex(), 0), null, null));
    return hit;
  }

  private void refused(SearchRequest request, String... words) {
    try (Shards shards = new Shards()) {
      IllegalArgumentException refused =
          expectThrows(IllegalArgumentException.class, () -> coordinate(request, shards));
      for (String word : words) {
        assertThat(refused.getMessage(), containsString(word));
      }
      assertEquals(0, shards.searches.size());
    }
  }

  /** What is counted or aggregated beside the hits depends on where the fusion stands. */
  public void testRoles() {
    FusionQueryBuilder query =
        new FusionQueryBuilder(List.of(new FusionLeg("a", 1, new MatchAllQueryBuilder())));
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

  public void testAWindowOfAnInnerFusionMayBeSmallerThanAPage() {
    FusionQueryBuilder inner =
        new FusionQueryBuilder(List.of(new FusionLeg("a", 1, new MatchAllQueryBuilder())))
            .window(3);
    for (QueryBuilder outer :
        List.of(
            QueryBuilders.boolQuery().must(inner),
            new FusionQueryBuilder(List.of(new FusionLeg("b", 1, inner))))) {
      try (Shards shards = new Shards()) {
        coordinate(request(outer), shards);
      }
    }
  }

  public void testADenseLegFindsAsManyNeighborsAsItsWindowHas() {
    float[] vector = randomVector(8);
    for (int window : new int[] {10, 100, 101, 250, 10_000}) {
      DenseQueryBuilder expected = dense(vector);
      expected.atLeast(window);
      FusionQueryBuilder fusion =
          new FusionQueryBuilder(
                  List.of(
                      new FusionLeg("a", 1, inside(dense(vector))),
                      new FusionLeg("b", 1, dense(vector).k(7))))
              .window(window);
      try (Shards shards = new Shards()) {
        coordinate(request(fusion), shards);
        assertEquals(inside(expected), shards.searches.get(0).source().query());
        assertEquals(dense(vector).k(7), shards.searches.get(1).source().query());
      }
    }
  }

  private static DenseQueryBuilder dense(float[] vector) {
    return new DenseQueryBuilder(QueriesPlugin.ENCODER, DENSE).vector(vector);
  }

  private static QueryBuilder inside(QueryBuilder query) {
    return QueryBuilders.functionScoreQuery(QueryBuilders.boolQuery().must(query));
  }

  /** A leg sees the same fields as the rest of the request, and no more of the cluster is used. */
  public void testALegHasWhatDecidesWhereIsSearched() throws IOException {
    Map<String, Object> derived = Map.of("d", Map.of("type", "long", "script", "emit(1)"));
    SearchSourceBuilder source = new SearchSourceBuilder();
    try (XContentParser parser =
        createParser(
            JsonXContent.jsonXContent,
            "{\"derived\": {\"d\": {\"type\": \"long\", \"script\": \"emit(1)\"}}}")) {
      source.parseXContent(parser);
    }
    assertEquals(derived, source.getDerivedFieldsObject());
    source
        .derivedField("e", "keyword", new Script("emit('x')"), Map.of(), "p", "f", true)
        .stats(List.of("group"));
    source.query(
        new FusionQueryBuilder(List.of(new FusionLeg("a", 1, new MatchAllQueryBuilder()))));
    SearchRequest request = new SearchRequest(getIndex().getName()).source(source);
    request.setMaxConcurrentShardRequests(3);
    request.setBatchedReduceSize(7);
    request.setPreFilterShardSize(2);
    try (Shards shards = new Shards()) {
      coordinate(request, shards);
      SearchRequest leg = shards.searches.get(0);
      assertEquals(derived, leg.source().getDerivedFieldsObject());
      assertEquals(source.getDerivedFields(), leg.source().getDerivedFields());
      assertEquals(source.stats(), leg.source().stats());
      assertEquals(3, leg.getMaxConcurrentShardRequests());
      assertEquals(7, leg.getBatchedReduceSize());
      assertEquals(Integer.valueOf(2), leg.getPreFilterShardSize());
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

  /** Rounds of rewriting are limited; each leg has its own. */
  public void testFusionsAsDeepAsTheyMayBeAreRewritten() {
    QueryBuilder query = new DenseQueryBuilder(QueriesPlugin.ENCODER, DENSE).text("a", null);
    for (int depth = 0; depth < FusionQueryBuilder.MAX_DEPTH; depth++) {
      query =
          new FusionQueryBuilder(
              List.of(new FusionLeg("a", 1, query), new FusionLeg("b", 1, inside(query))));
    }
    try (Shards shards = new Shards()) {
      assertTrue(coordinate(request(query), shards) instanceof FusedDocsQueryBuilder);
      assertEquals(62, shards.searches.size());
    }
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

  public void testAFilterLeavesTheLegsAsTheyAre() {
    BoolQueryBuilder leg = QueryBuilders.boolQuery().should(new MatchAllQueryBuilder());
    FusionQueryBuilder query =
        new FusionQueryBuilder(List.of(new FusionLeg("a", 1, leg)))
            .filter(new TermQueryBuilder("f", "v"));
    coordinate(query);
    assertEquals(0, leg.filter().size());
  }
}
