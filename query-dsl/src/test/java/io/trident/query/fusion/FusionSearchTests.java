/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.dsl.DenseQueryBuilder;
import io.trident.query.dsl.LikedDocument;
import io.trident.query.dsl.QueriesPlugin;
import io.trident.query.search.SearchTrace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.search.SearchPhaseExecutionException;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchTask;
import org.opensearch.action.search.SearchType;
import org.opensearch.action.search.ShardSearchFailure;
import org.opensearch.common.CheckedFunction;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.IndexNotFoundException;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.IdsQueryBuilder;
import org.opensearch.index.query.MatchQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.script.Script;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchShardTarget;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.query.QueryPhaseExecutionException;
import org.opensearch.transport.NodeDisconnectedException;

/** Legs as searches of their own: what they ask for, and how they fail. */
public class FusionSearchTests extends FusionTestCase {

  public void testEachLegIsASearchOfItsOwn() {
    FusionQueryBuilder query =
        new FusionQueryBuilder(
                List.of(
                    new FusionLeg("a", 1, new MatchQueryBuilder("body", "x")),
                    new FusionLeg(
                        "b",
                        1,
                        new DenseQueryBuilder(QueriesPlugin.ENCODER, "dense")
                            .vector(new float[] {1, 2, 3}))))
            .window(100);
    SearchRequest request = request(query).routing("here").preference("_local").pipeline("p");
    try (LegClient client = client()) {
      FusedDocsQueryBuilder fused = (FusedDocsQueryBuilder) coordinate(request, client);
      assertEquals(2, client.searches.size());
      Set<SearchType> types = new TreeSet<>();
      for (SearchRequest leg : client.searches) {
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
      assertThat(fused.toString(), containsString("\"documents\" : " + LegClient.FOUND));
      assertSame(fused, coordinate(request(fused), client));
      assertEquals(2, client.searches.size());
    }
  }

  public void testLegsAreChildrenOfTheSearch() {
    FusionQueryBuilder query = new FusionQueryBuilder(List.of(leg("a")));
    TaskId task = new TaskId("node", 42);
    SearchTrace trace =
        new SearchTrace(new SearchTask(42, "search", "search", () -> "", null, Map.of()), task);
    try (LegClient client = client()) {
      ThreadContext context = client.threadPool().getThreadContext();
      try (ThreadContext.StoredContext outer = trace.enter(context)) {
        coordinate(request(query), client);
      }
      assertNull(SearchTrace.current(context));
      assertEquals(task, client.searches.get(0).getParentTask());
      String profiled = FusionNotes.of(trace).profiled(client.found()).toString();
      assertThat(profiled, containsString("\"name\":\"a\",\"candidates\":5,\"took\":"));
    }
  }

  public void testALegIsAskedForWhatOthersFound() throws IOException {
    float[] vector = {1, 2, 3};
    DenseQueryBuilder dense = dense(vector).k(3);
    FusionQueryBuilder query =
        new FusionQueryBuilder(List.of(leg("all"), new FusionLeg("near", 1, dense)));
    try (LegClient client = client()) {
      client.answer =
          search -> search.source().query() == dense ? client.response() : client.found();
      coordinate(request(query), client);
      assertEquals("not unless it is wanted", 2, client.searches.size());
    }
    SearchTrace trace =
        new SearchTrace(
            new SearchTask(42, "search", "search", () -> "", null, Map.of()),
            new TaskId("node", 42));
    try (LegClient client = client()) {
      client.answer =
          search -> search.source().query() == dense ? client.response() : client.found();
      ThreadContext context = client.threadPool().getThreadContext();
      FusedDocsQueryBuilder fused;
      try (ThreadContext.StoredContext outer = trace.enter(context)) {
        fused = (FusedDocsQueryBuilder) coordinate(request(query.missing(Missing.SCORE)), client);
      }
      assertEquals("the first leg lacks nothing", 3, client.searches.size());
      BoolQueryBuilder asked = (BoolQueryBuilder) client.searches.get(2).source().query();
      assertEquals(List.of(dense(vector).exact()), asked.must());
      FusedDocsQueryBuilder among = (FusedDocsQueryBuilder) asked.filter().get(0);
      assertEquals(keys(fused), keys(among));
      assertEquals("the request's own query stays", dense(vector).k(3), dense);
      for (FusedDoc document : fused.ranking().documents()) {
        assertEquals(0, document.ranks()[1]);
        assertEquals(document.scores()[0], document.scores()[1], 0);
      }
      String profiled = FusionNotes.of(trace).profiled(client.response()).toString();
      assertThat(profiled, containsString("\"name\":\"near (missing)\",\"candidates\":5,"));
    }
  }

  private static Set<DocKey> keys(FusedDocsQueryBuilder query) {
    return query.ranking().documents().stream().map(FusedDoc::key).collect(Collectors.toSet());
  }

  public void testAFailingLegIsNamed() {
    FusionQueryBuilder query = new FusionQueryBuilder(List.of(leg("titles")));
    try (LegClient client = client()) {
      client.answer =
          search -> {
            throw new SearchPhaseExecutionException(
                "query",
                "all client failed",
                new ShardSearchFailure[] {
                  new ShardSearchFailure(new IllegalArgumentException("no such field"))
                });
          };
      OpenSearchStatusException failed =
          expectThrows(OpenSearchStatusException.class, () -> coordinate(request(query), client));
      assertEquals(400, failed.status().getStatus());
      assertThat(
          failed.getMessage(), containsString("[fusion] leg [titles] failed: no such field"));
    }
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
    source.query(new FusionQueryBuilder(List.of(leg("a"))));
    SearchRequest request = new SearchRequest(INDEX.getName()).source(source);
    request.setMaxConcurrentShardRequests(3);
    request.setBatchedReduceSize(7);
    request.setPreFilterShardSize(2);
    try (LegClient client = client()) {
      coordinate(request, client);
      SearchRequest leg = client.searches.get(0);
      assertEquals(derived, leg.source().getDerivedFieldsObject());
      assertEquals(source.getDerivedFields(), leg.source().getDerivedFields());
      assertEquals(source.stats(), leg.source().stats());
      assertEquals(3, leg.getMaxConcurrentShardRequests());
      assertEquals(7, leg.getBatchedReduceSize());
      assertEquals(Integer.valueOf(2), leg.getPreFilterShardSize());
    }
  }

  public void testADenseLegFindsAsManyNeighborsAsItsWindowHas() {
    float[] vector = {1, 2, 3};
    for (int window : new int[] {10, 100, 101, 250, 10_000}) {
      DenseQueryBuilder expected = dense(vector);
      expected.atLeast(window);
      FusionQueryBuilder fusion =
          new FusionQueryBuilder(
                  List.of(
                      new FusionLeg("a", 1, inside(dense(vector))),
                      new FusionLeg("b", 1, dense(vector).k(7))))
              .window(window);
      try (LegClient client = client()) {
        coordinate(request(fusion), client);
        assertEquals(inside(expected), client.searches.get(0).source().query());
        assertEquals(dense(vector).k(7), client.searches.get(1).source().query());
      }
    }
  }

  private static DenseQueryBuilder dense(float[] vector) {
    return new DenseQueryBuilder(QueriesPlugin.ENCODER, "dense").vector(vector);
  }

  private static QueryBuilder inside(QueryBuilder query) {
    return QueryBuilders.functionScoreQuery(QueryBuilders.boolQuery().must(query));
  }

  /** Rounds of rewriting are limited; each leg has its own. */
  public void testFusionsAsDeepAsTheyMayBeAreRewritten() {
    QueryBuilder query = new DenseQueryBuilder(QueriesPlugin.ENCODER, "dense").text("a", null);
    for (int depth = 0; depth < FusionQueryBuilder.MAX_DEPTH; depth++) {
      query =
          new FusionQueryBuilder(
              List.of(new FusionLeg("a", 1, query), new FusionLeg("b", 1, inside(query))));
    }
    try (LegClient client = client()) {
      assertTrue(coordinate(request(query), client) instanceof FusedDocsQueryBuilder);
      assertEquals(62, client.searches.size());
    }
  }

  /**
   * Copies of documents with few different scores, best first, as shards give them: ties stand in
   * any order.
   */
  private static List<SearchHit> tied(LegClient client, int count, int scores) {
    List<SearchHit> hits = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      hits.add(client.hit(Integer.toString(i), 1 + randomInt(scores - 1)));
    }
    Collections.shuffle(hits, random());
    hits.sort(Comparator.comparing(hit -> -hit.getScore()));
    return hits;
  }

  private static SearchHit[] best(List<SearchHit> hits, int count) {
    return hits.subList(0, Math.min(count, hits.size())).toArray(SearchHit[]::new);
  }

  /** The ids of the best documents, of which equal ones go by id. */
  private static List<String> window(List<SearchHit> hits, int count) {
    return hits.stream()
        .sorted(Comparator.comparing((SearchHit hit) -> -hit.getScore()).thenComparing(LegHits::id))
        .limit(count)
        .map(LegHits::id)
        .toList();
  }

  public void testAWindowAmongEqualScoresHasTheFirstDocumentsById() {
    for (int i = 0; i < 50; i++) {
      int window = randomIntBetween(1, 120);
      int size = window + Math.max(20, window / 4);
      try (LegClient client = client()) {
        List<SearchHit> hits =
            tied(client, randomFrom(window, size - 1, size, size + 1, 300), randomIntBetween(1, 9));
        client.answer = search -> client.response(best(hits, search.source().size()));
        FusionQueryBuilder query = new FusionQueryBuilder(List.of(leg("a"))).window(window);
        assertEquals(window(hits, window), ids(fused(query, client)));
        List<Integer> asked = new ArrayList<>(List.of(size));
        if (hits.size() >= size
            && hits.get(size - 1).getScore() == hits.get(window - 1).getScore()) {
          asked.add(Math.max(1_000, 10 * window));
        }
        assertEquals(asked, sizes(client));
      }
    }
  }

  private static List<Integer> sizes(LegClient client) {
    return client.searches.stream().map(search -> search.source().size()).toList();
  }

  public void testALegAsksForNoMoreThanTheLargestWindow() {
    for (int window : new int[] {1_001, 9_000, FusionQueryBuilder.MAX_WINDOW}) {
      try (LegClient client = client()) {
        List<SearchHit> hits = tied(client, 12_000, 1);
        client.answer = search -> client.response(best(hits, search.source().size()));
        FusionQueryBuilder query = new FusionQueryBuilder(List.of(leg("a"))).window(window);
        assertEquals(window, fused(query, client).documents().size());
        int largest = Math.min(window + window / 4, FusionQueryBuilder.MAX_WINDOW);
        assertEquals(
            window == 1_001 ? List.of(largest, FusionQueryBuilder.MAX_WINDOW) : List.of(largest),
            sizes(client));
      }
    }
  }

  /** A search that asks for more hits than an index allows fails with this on its shards. */
  private static Exception beyond(int limit) {
    return onShard(
        new IllegalArgumentException(
            "Result window is too large, from + size must be less than or equal to: ["
                + limit
                + "]. This limit can be set by changing the [index.max_result_window] index level"
                + " setting."));
  }

  private static Exception onShard(Exception cause) {
    return new SearchPhaseExecutionException(
        "query", "all shards failed", new ShardSearchFailure[] {new ShardSearchFailure(cause)});
  }

  public void testAnIndexMayAllowFewerHitsThanALegAsksFor() {
    int window = 40;
    FusionQueryBuilder query = new FusionQueryBuilder(List.of(leg("a"))).window(window);
    for (int limit : new int[] {39, 40, 59, 60, 999, 1_000}) {
      try (LegClient client = client()) {
        List<SearchHit> hits = tied(client, 2_000, 1);
        client.answer =
            search -> {
              if (search.source().size() > limit) {
                throw beyond(limit);
              }
              return client.response(best(hits, search.source().size()));
            };
        if (limit < window) {
          assertFails(client, query, 400, "[fusion] leg [a] failed: Result window is too large");
          continue;
        }
        int seen = limit == 1_000 ? 1_000 : limit >= 60 ? 60 : window;
        assertEquals(window(hits.subList(0, seen), window), ids(fused(query, client)));
        assertEquals(limit < 60 ? List.of(60, 40) : List.of(60, 1_000), sizes(client));
      }
    }
  }

  private void assertFails(LegClient client, QueryBuilder query, int status, String words) {
    OpenSearchStatusException failed =
        expectThrows(OpenSearchStatusException.class, () -> coordinate(request(query), client));
    assertEquals(status, failed.status().getStatus());
    assertThat(failed.getMessage(), containsString(words));
  }

  public void testALegFailsWithTheStatusOfItsFailure() {
    Map<Exception, Integer> failures = new LinkedHashMap<>();
    failures.put(onShard(new IllegalArgumentException("no such field")), 400);
    failures.put(new IndexNotFoundException("nowhere"), 404);
    failures.put(new OpenSearchRejectedExecutionException("busy"), 429);
    failures.put(new IOException("cut"), 500);
    SearchShardTarget shard = new SearchShardTarget("node", new ShardId(INDEX, 0), null, null);
    failures.put(new QueryPhaseExecutionException(shard, "Time exceeded"), 504);
    failures.put(new QueryPhaseExecutionException(shard, "something else"), 500);
    failures.forEach(
        (failure, status) -> {
          try (LegClient client = client()) {
            client.answer =
                search -> {
                  throw failure;
                };
            assertFails(
                client,
                new FusionQueryBuilder(List.of(leg("titles"))),
                status,
                "[fusion] leg [titles] failed: ");
          }
        });
  }

  public void testALegThatMissesHitsFails() {
    for (boolean timedOut : new boolean[] {true, false}) {
      for (int failed : new int[] {0, 2}) {
        try (LegClient client = client()) {
          client.answer = search -> client.response(timedOut, failed, client.hit("1", 1));
          FusionQueryBuilder query = new FusionQueryBuilder(List.of(leg("a")));
          if (timedOut || failed > 0) {
            String words = "timed out [" + timedOut + "], failed shards [" + failed + "]";
            assertFails(client, query, 504, words);
          } else {
            assertEquals(List.of("1"), ids(fused(query, client)));
          }
        }
      }
    }
  }

  /** A cluster may be skipped, but by all legs. */
  public void testLegsSkipTheSameClusters() {
    FusionQueryBuilder query = new FusionQueryBuilder(List.of(leg("a"), leg("b")));
    for (int first = 0; first < 3; first++) {
      for (int second = 0; second < 3; second++) {
        int[] skipped = {first, second};
        try (LegClient client = client()) {
          client.answer =
              search -> {
                int skips = skipped[client.searches.size() - 1];
                SearchResponse.Clusters clusters = new SearchResponse.Clusters(3, 3 - skips, skips);
                return client.response(false, 0, clusters, client.hit("1", 1));
              };
          if (first == second) {
            assertEquals(List.of("1"), ids(fused(query, client)));
          } else {
            String words = "leg [b] failed: incomplete: skipped [" + second + "] clusters";
            assertFails(client, query, 504, words);
          }
        }
      }
    }
  }

  /**
   * The first leg is answered and the second runs when the third fails; the fourth does not start.
   */
  public void testAFailingLegEndsThoseThatRun() {
    FusionQueryBuilder query =
        new FusionQueryBuilder(List.of(leg("a"), leg("b"), leg("c"), leg("d")));
    TaskId task = new TaskId("node", 42);
    SearchTrace trace =
        new SearchTrace(new SearchTask(42, "search", "search", () -> "", null, Map.of()), task);
    try (LegClient client = client()) {
      client.answer =
          search -> {
            int leg = client.searches.size();
            trace.began(search, new TaskId("node", 100 + leg));
            return switch (leg) {
              case 1 -> client.found();
              case 2 -> null;
              default -> throw new IllegalArgumentException("broken");
            };
          };
      try (ThreadContext.StoredContext outer =
          trace.enter(client.threadPool().getThreadContext())) {
        assertFails(client, query, 400, "[fusion] leg [c] failed: broken");
      }
      assertEquals(3, client.searches.size());
      assertEquals(List.of(new TaskId("node", 102)), client.cancelled);
      assertNull("it has ended", trace.taskOf(client.searches.get(0)));
    }
  }

  /** The second of three searches fails as often as said, because a node has left. */
  private static CheckedFunction<SearchRequest, SearchResponse, Exception> losingANode(
      LegClient client, int times) {
    return search -> {
      int number = client.searches.size();
      if (number > 1 && number <= 1 + times) {
        throw onShard(new NodeDisconnectedException(null, "phase/query"));
      }
      return client.found();
    };
  }

  public void testALegIsAskedOnceMoreWhenANodeLeaves() {
    FusionQueryBuilder query = new FusionQueryBuilder(List.of(leg("a"), leg("b"), leg("c")));
    try (LegClient client = client()) {
      client.answer = losingANode(client, 1);
      assertEquals(List.of("0", "1", "2", "3", "4"), ids(fused(query, client)));
      assertEquals(4, client.searches.size());
      assertSame(client.searches.get(1), client.searches.get(2));
    }
    try (LegClient client = client()) {
      client.answer = losingANode(client, 2);
      assertFails(client, query, 500, "[fusion] leg [b] failed: ");
      assertEquals("the third leg does not start", 3, client.searches.size());
    }
  }

  public void testWhatIsReadForALegIsAskedForOnceMoreWhenANodeLeaves() {
    FusionQueryBuilder query =
        new FusionQueryBuilder(
            List.of(
                leg("a"),
                new FusionLeg(
                    "like",
                    1,
                    new DenseQueryBuilder(QueriesPlugin.ENCODER, "dense")
                        .like(List.of(new LikedDocument(null, "1", 1))))));
    try (LegClient client = client()) {
      client.answer = losingANode(client, 1);
      fused(query, client);
      assertSame(client.searches.get(1), client.searches.get(2));
      assertTrue(client.searches.get(2).source().query() instanceof IdsQueryBuilder);
    }
  }
}
