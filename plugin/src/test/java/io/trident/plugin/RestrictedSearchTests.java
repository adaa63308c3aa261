/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.TermQuery;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.search.SearchRequestBuilder;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.IndexModule;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.ParsedQuery;
import org.opensearch.index.shard.SearchOperationListener;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;
import org.opensearch.search.aggregations.AggregationBuilders;
import org.opensearch.search.internal.SearchContext;
import org.opensearch.test.OpenSearchSingleNodeTestCase;

/**
 * Searches while another plugin puts a filter around the query of every shard as the shard begins,
 * before or after our own listeners: as the security plugin does, for documents that a user may not
 * see.
 */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the JDK keeps the thread of deadlines
public class RestrictedSearchTests extends OpenSearchSingleNodeTestCase {

  private static final int DOCUMENTS = 4_000;

  private static final String SPARSE =
      "{\"learned_sparse\": {\"sparse\": {\"tokens\": {\"a\": 1}}}}";

  private static final String FUSION =
      "{\"fusion\": {\"window\": 20, \"legs\": [{\"query\": " + SPARSE + "}]}}";

  /** Lets nothing be found but documents that are visible. */
  public static final class Restricting extends Plugin {
    @Override
    public void onIndexModule(IndexModule module) {
      module.addSearchOperationListener(
          new SearchOperationListener() {
            @Override
            public void onPreQueryPhase(SearchContext context) {
              BooleanQuery restricted =
                  new BooleanQuery.Builder()
                      .add(new TermQuery(new Term("visible", "yes")), Occur.FILTER)
                      .add(context.parsedQuery().query(), Occur.MUST)
                      .build();
              context.parsedQuery(new ParsedQuery(restricted));
              context.preProcess(true);
            }
          });
    }
  }

  /** The impacts of the documents that are, by id; the hidden ones have larger impacts. */
  private final Map<String, Integer> visible = new TreeMap<>();

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return randomBoolean()
        ? List.of(TridentPlugin.class, Restricting.class)
        : List.of(Restricting.class, TridentPlugin.class);
  }

  @Override
  public void setUp() throws Exception {
    super.setUp();
    Settings settings =
        Settings.builder()
            .put("index.codec", "trident")
            .put("index.number_of_shards", 1)
            .put("index.refresh_interval", -1)
            .build();
    client()
        .admin()
        .indices()
        .prepareCreate("books")
        .setSettings(settings)
        .setMapping(
            "{\"properties\": {\"visible\": {\"type\": \"keyword\"}, \"sparse\": {\"type\":"
                + " \"impact_vector\"}}}")
        .get();
    BulkRequestBuilder bulk = client().prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    for (int i = 0; i < DOCUMENTS; i++) {
      String id = Integer.toString(i);
      boolean shown = i % 20 == 0;
      int impact = shown ? randomIntBetween(1, 100) : randomIntBetween(101, 200);
      if (shown) {
        visible.put(id, impact);
      }
      bulk.add(
          client()
              .prepareIndex("books")
              .setId(id)
              .setSource("visible", shown ? "yes" : "no", "sparse", Map.of("a", impact / 64f)));
    }
    assertFalse(bulk.get().hasFailures());
  }

  private SearchRequestBuilder search(String query) throws IOException {
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, query)) {
      return client()
          .prepareSearch("books")
          .setQuery(AbstractQueryBuilder.parseInnerQueryBuilder(parser));
    }
  }

  private void assertBest(int size, SearchHits found) {
    List<Integer> expected = new ArrayList<>(visible.values());
    expected.sort((one, other) -> other - one);
    List<Integer> impacts =
        Arrays.stream(found.getHits()).map(SearchHit::getId).map(visible::get).toList();
    assertEquals(expected.subList(0, size), impacts);
  }

  /** A threshold estimated from documents that are filtered out would leave visible ones out. */
  public void testVisibleDocumentsAreFoundHoweverGoodTheHiddenOnesAre() throws IOException {
    int size = randomIntBetween(1, 100);
    assertBest(size, search(SPARSE).setSize(size).setTrackTotalHits(false).get().getHits());
  }

  public void testFusionCountsAndAggregatesVisibleDocumentsAlone() throws IOException {
    SearchHits counted = search(FUSION).setSize(5).setTrackTotalHits(true).get().getHits();
    assertEquals(visible.size(), counted.getTotalHits().value());
    assertBest(5, counted);
    SearchHits aggregated =
        search(FUSION)
            .setSize(20)
            .addAggregation(AggregationBuilders.terms("by").field("visible"))
            .get()
            .getHits();
    assertBest(20, aggregated);
  }
}
