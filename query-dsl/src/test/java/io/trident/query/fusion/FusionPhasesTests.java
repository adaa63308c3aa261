/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.QueriesPlugin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.search.TotalHits;
import org.apache.lucene.search.join.ScoreMode;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.search.SearchRequestBuilder;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.index.IndexModule;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.InnerHitBuilder;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.NestedQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.RangeQueryBuilder;
import org.opensearch.index.query.TermQueryBuilder;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.SearchPlugin;
import org.opensearch.search.SearchHit;
import org.opensearch.search.aggregations.AggregationBuilders;
import org.opensearch.search.aggregations.metrics.ValueCount;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.fetch.FetchSubPhase;
import org.opensearch.test.OpenSearchSingleNodeTestCase;

/**
 * Totals, aggregations and hits of searches on a node. Documents 0 to 59 have their number as
 * {@code n}; one leg finds those below 30, the other those of the shelf of even numbers.
 */
public class FusionPhasesTests extends OpenSearchSingleNodeTestCase {

  private static final int DOCUMENTS = 60;

  /** What any leg matches: 30 below 30, and 15 more of even numbers. */
  private static final int MATCHED = 45;

  /** Brings what a search needs beside the queries. */
  public static final class Phases extends Plugin implements SearchPlugin {
    @Override
    public void onIndexModule(IndexModule module) {
      module.addSearchOperationListener(new FusionPhases());
    }

    @Override
    public List<SearchExtSpec<?>> getSearchExts() {
      return List.of(
          new SearchExtSpec<>(
              LegHits.NAME,
              LegHits::new,
              parser -> {
                throw new IllegalArgumentException("not in JSON");
              }));
    }

    @Override
    public List<FetchSubPhase> getFetchSubPhases(FetchPhaseConstructionContext context) {
      return List.of(new LegHits.Phase());
    }
  }

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(QueriesPlugin.class, Phases.class);
  }

  @Override
  public void setUp() throws Exception {
    super.setUp();
    client()
        .admin()
        .indices()
        .prepareCreate("library")
        .setMapping(
            """
            {"properties": {"n": {"type": "integer"}, "shelf": {"type": "keyword"},
              "v": {"type": "dense_vector", "dimension": 2},
              "notes": {"type": "nested", "properties": {"of": {"type": "integer"}}}}}
            """)
        .get();
    BulkRequestBuilder bulk = client().prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    for (int i = 0; i < DOCUMENTS; i++) {
      String json =
          String.format(
              Locale.ROOT,
              "{\"n\": %d, \"shelf\": \"%s\", \"v\": [3, 4], \"notes\": [{\"of\": %d}]}",
              i,
              i % 2 == 0 ? "even" : "odd",
              i);
      bulk.add(client().prepareIndex("library").setId("" + i).setSource(json, XContentType.JSON));
    }
    assertFalse(bulk.get().hasFailures());
  }

  /**
   * All scores in a leg are equal, so its window has the first ids: 0, 1, 10 to 17 of the one, and
   * 0, 10, 12, 14, 16, 18, 2, 20, 22, 24 of the other.
   */
  private static FusionQueryBuilder fusion() {
    return new FusionQueryBuilder(
            List.of(
                new FusionLeg("low", 1, new RangeQueryBuilder("n").lt(30)),
                new FusionLeg("even", 1, new TermQueryBuilder("shelf", "even"))))
        .window(10);
  }

  private SearchRequestBuilder search() {
    return client().prepareSearch("library").setQuery(fusion()).setSize(10);
  }

  private static Set<String> ids(SearchResponse response) {
    Set<String> ids = new HashSet<>();
    response.getHits().forEach(hit -> ids.add(hit.getId()));
    return ids;
  }

  private static long total(SearchResponse response) {
    return response.getHits().getTotalHits().value();
  }

  private static long counted(SearchResponse response) {
    return ((ValueCount) response.getAggregations().get("all")).getValue();
  }

  private static final QueryBuilder ABOVE_3 = new RangeQueryBuilder("n").gt(3).queryName("above");

  public void testTheTotalIsOfAllThatTheLegsMatch() {
    SearchResponse plain = search().get();
    SearchResponse counting = search().setTrackTotalHits(true).get();
    assertEquals(Set.of("0", "10", "12", "14", "16", "1", "11", "13", "15", "17"), ids(plain));
    assertEquals(MATCHED, total(counting));
    assertTrue(total(plain) < MATCHED);
    assertEquals(ids(plain), ids(counting));
    assertEquals(MATCHED, total(search().setTrackTotalHits(true).setSize(0).get()));
    assertEquals(MATCHED - 4, total(search().setTrackTotalHits(true).setPostFilter(ABOVE_3).get()));
    assertEquals(total(plain), total(search().setTrackTotalHits(true).setMinScore(0.0001f).get()));
    assertEquals(MATCHED, total(search().setTrackTotalHits(true).setMinScore(0).get()));
  }

  /** As a search that asks for all of them shows and counts them. */
  public void testDocumentsBehindAPageAreCounted() {
    QueryBuilder fusion = fusion().window(30);
    SearchRequestBuilder whole = client().prepareSearch("library").setQuery(fusion).setSize(30);
    SearchHit[] all = whole.setMinScore(0).get().getHits().getHits();
    long total = total(whole.get());
    assertTrue("some are behind the page: " + total, total > 30);
    for (int size = 0; size <= 30; size++) {
      int from = randomIntBetween(0, 30 - size);
      SearchRequestBuilder search =
          client().prepareSearch("library").setQuery(fusion).setFrom(from).setSize(size);
      SearchResponse page = search.get();
      assertEquals(total, total(page));
      assertEquals(TotalHits.Relation.EQUAL_TO, page.getHits().getTotalHits().relation());
      SearchHit[] hits = page.getHits().getHits();
      assertEquals(size, hits.length);
      for (int i = 0; i < size; i++) {
        assertEquals(all[from + i].getId(), hits[i].getId());
        assertEquals(all[from + i].getScore(), hits[i].getScore(), 0);
      }
      assertNull(search.setTrackTotalHits(false).get().getHits().getTotalHits());
      TotalHits least = search.setTrackTotalHitsUpTo(25).get().getHits().getTotalHits();
      assertEquals(new TotalHits(25, TotalHits.Relation.GREATER_THAN_OR_EQUAL_TO), least);
    }
  }

  public void testTheTotalOfAScrollStays() {
    SearchResponse page =
        search().setTrackTotalHits(true).setSize(4).setScroll(TimeValue.timeValueMinutes(1)).get();
    List<Integer> sizes = new ArrayList<>();
    while (page.getHits().getHits().length > 0) {
      sizes.add(page.getHits().getHits().length);
      assertEquals(MATCHED, total(page));
      page =
          client()
              .prepareSearchScroll(page.getScrollId())
              .setScroll(TimeValue.timeValueMinutes(1))
              .get();
    }
    client().prepareClearScroll().addScrollId(page.getScrollId()).get();
    assertEquals(4, (int) sizes.get(0));
    assertTrue(sizes.toString(), sizes.stream().mapToInt(size -> size).sum() >= 10);
  }

  public void testAggregationsAreOfAllThatTheLegsMatch() {
    SearchResponse plain = search().get();
    SearchRequestBuilder aggregating =
        search().addAggregation(AggregationBuilders.count("all").field("n"));
    SearchResponse found = aggregating.get();
    assertEquals(MATCHED, counted(found));
    assertEquals(ids(plain), ids(found));
    SearchResponse tracked = aggregating.setTrackTotalHits(true).get();
    assertEquals(MATCHED, total(tracked));
    assertEquals(ids(plain), ids(tracked));
    SearchResponse filtered = aggregating.setPostFilter(ABOVE_3).get();
    assertEquals(MATCHED, counted(filtered));
    assertEquals(MATCHED - 4, total(filtered));
    assertEquals(Set.of("10", "12", "14", "16", "11", "13", "15", "17", "18", "20"), ids(filtered));
    for (SearchHit hit : filtered.getHits()) {
      assertArrayEquals(new String[] {"above"}, hit.getMatchedQueries());
    }
    assertEquals(MATCHED, counted(aggregating.setSize(0).get()));
  }

  private static QueryBuilder named() {
    return new BoolQueryBuilder()
        .must(
            new NestedQueryBuilder("notes", new MatchAllQueryBuilder(), ScoreMode.Max)
                .innerHit(new InnerHitBuilder()))
        .must(new RangeQueryBuilder("n").lt(5).queryName("low"));
  }

  public void testHitsOfALegHaveNothingButTheirIdsAndVectors() {
    SearchResponse usual = client().prepareSearch("library").setQuery(named()).get();
    for (SearchHit hit : usual.getHits()) {
      assertArrayEquals(new String[] {"low"}, hit.getMatchedQueries());
      assertEquals(1, hit.getInnerHits().get("notes").getHits().length);
    }
    for (String field : Arrays.asList(null, "v")) {
      SearchSourceBuilder source = new SearchSourceBuilder().query(named());
      new LegHits(field).askFor(source);
      SearchResponse leg = client().prepareSearch("library").setSource(source).get();
      Set<String> ids = new TreeSet<>();
      for (SearchHit hit : leg.getHits()) {
        assertEquals(0, hit.getMatchedQueries().length);
        assertNull(hit.getInnerHits());
        assertNull(hit.getSourceRef());
        ids.add(LegHits.id(hit));
        DocVector vector = LegHits.vectors(leg).get(DocKey.of(hit, LegHits.id(hit)));
        if (field == null) {
          assertNull(vector);
        } else {
          assertEquals(0.6, vector.values()[0], 1e-6);
          assertEquals(0.8, vector.values()[1], 1e-6);
        }
      }
      assertEquals(ids(usual), ids);
      assertEquals(5, ids.size());
    }
  }
}
