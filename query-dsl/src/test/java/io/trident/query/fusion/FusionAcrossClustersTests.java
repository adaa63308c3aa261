/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import static org.hamcrest.Matchers.containsString;

import io.trident.query.dsl.DenseQueryBuilder;
import io.trident.query.dsl.QueriesPlugin;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.index.query.MatchQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.test.AbstractMultiClustersTestCase;
import org.opensearch.transport.client.Client;

/**
 * Two clusters, of which one searches its own documents, those of even numbers, and those of the
 * other; all of them are in another index of its own, too.
 */
public class FusionAcrossClustersTests extends AbstractMultiClustersTestCase {

  private static final int DOCUMENTS = 60;

  private static final String[] WORDS = {"river", "sand", "mountain", "sea", "stone", "boat"};

  @Override
  protected Collection<String> remoteClusterAlias() {
    return List.of("far");
  }

  @Override
  protected boolean reuseClusters() {
    return false; // a test ends one
  }

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins(String cluster) {
    return List.of(QueriesPlugin.class, FusionPhasesTests.Phases.class);
  }

  private void fill() {
    for (String index : List.of("all", "books")) {
      create(client(), index);
    }
    create(client("far"), "books");
    BulkRequestBuilder here = client().prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    BulkRequestBuilder there =
        client("far").prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    for (int i = 0; i < DOCUMENTS; i++) {
      StringBuilder text = new StringBuilder();
      for (int word = randomIntBetween(1, 12); word > 0; word--) {
        text.append(randomFrom(WORDS)).append(' ');
      }
      String json =
          String.format(
              Locale.ROOT, "{\"text\": \"%s\", \"v\": %s}", text, Arrays.toString(vector()));
      String id = Integer.toString(i);
      here.add(client().prepareIndex("all").setId(id).setSource(json, XContentType.JSON));
      Client cluster = i % 2 == 0 ? client() : client("far");
      (i % 2 == 0 ? here : there)
          .add(cluster.prepareIndex("books").setId(id).setSource(json, XContentType.JSON));
    }
    assertFalse(here.get().hasFailures());
    assertFalse(there.get().hasFailures());
  }

  private static float[] vector() {
    return new float[] {1 + randomFloat(), 1 + randomFloat()};
  }

  private static void create(Client cluster, String index) {
    cluster
        .admin()
        .indices()
        .prepareCreate(index)
        .setSettings(
            Settings.builder()
                .put("number_of_shards", randomIntBetween(1, 3))
                .put("number_of_replicas", 0))
        .setMapping(
            """
            {"properties": {"text": {"type": "text"},
              "v": {"type": "dense_vector", "dimension": 2, "similarity": "l2_norm"}}}
            """)
        .get();
  }

  /** Legs with statistics, without, and with rounds after the first. */
  private static List<QueryBuilder> queries() {
    FusionLeg words = new FusionLeg("words", 1, new MatchQueryBuilder("text", "river sand"));
    DenseQueryBuilder dense =
        new DenseQueryBuilder(QueriesPlugin.ENCODER, "v").vector(vector()).exact();
    FusionLeg near = new FusionLeg("near", 2, dense);
    return List.of(
        new FusionQueryBuilder(List.of(near)),
        new FusionQueryBuilder(List.of(words, near)),
        new FusionQueryBuilder(List.of(words, near)).missing(Missing.SCORE),
        QueryBuilders.boolQuery()
            .must(new FusionQueryBuilder(List.of(words)))
            .filter(new MatchQueryBuilder("text", "stone")));
  }

  private SearchResponse search(QueryBuilder query, boolean minimized, String... indices)
      throws ExecutionException, InterruptedException {
    SearchRequest request =
        new SearchRequest(indices).source(new SearchSourceBuilder().query(query).size(20));
    request.setCcsMinimizeRoundtrips(minimized);
    return client().search(request).get();
  }

  public void testDocumentsOfTwoClustersHaveOneRanking() throws Exception {
    fill();
    for (QueryBuilder query : queries()) {
      SearchHit[] expected = search(query, true, "all").getHits().getHits();
      Map<String, Float> alone = new HashMap<>();
      for (SearchHit hit : expected) {
        alone.put(hit.getId(), hit.getScore());
      }
      for (boolean minimized : new boolean[] {true, false}) {
        SearchResponse found = search(query, minimized, "books", "far:books");
        assertEquals(2, found.getClusters().getSuccessful());
        SearchHit[] hits = found.getHits().getHits();
        assertEquals(query.toString(), expected.length, hits.length);
        for (int i = 0; i < hits.length; i++) {
          SearchHit hit = hits[i];
          assertEquals(expected[i].getScore(), hit.getScore(), 1e-4f);
          assertEquals(alone.getOrDefault(hit.getId(), hit.getScore()), hit.getScore(), 1e-4f);
          boolean isFar = Integer.parseInt(hit.getId()) % 2 == 1;
          assertEquals(isFar, "far".equals(hit.getClusterAlias()));
        }
      }
    }
  }

  public void testAnotherClusterAlone() throws Exception {
    fill();
    for (QueryBuilder query : queries()) {
      SearchHit[] expected =
          client("far")
              .prepareSearch("books")
              .setQuery(query)
              .setSize(20)
              .get()
              .getHits()
              .getHits();
      for (boolean minimized : new boolean[] {true, false}) {
        SearchHit[] hits = search(query, minimized, "far:books").getHits().getHits();
        assertEquals(expected.length, hits.length);
        for (int i = 0; i < hits.length; i++) {
          assertEquals(expected[i].getId(), hits[i].getId());
          assertEquals(expected[i].getScore(), hits[i].getScore(), 0);
        }
      }
    }
  }

  /** Legs leave out a cluster that may be skipped, and fail without any other. */
  public void testAClusterThatIsNotThere() throws Exception {
    fill();
    while (cluster("far").size() > 0) {
      cluster("far").stopRandomNode(settings -> true);
    }
    for (QueryBuilder query : queries()) {
      for (boolean minimized : new boolean[] {true, false}) {
        skip(false);
        Exception failed =
            expectThrows(
                ExecutionException.class, () -> search(query, minimized, "books", "far:books"));
        assertThat(failed.getMessage(), containsString("[fusion] leg ["));
        skip(true);
        SearchResponse found = search(query, minimized, "books", "far:books");
        assertEquals(1, found.getClusters().getSkipped());
        SearchHit[] expected = search(query, minimized, "books").getHits().getHits();
        SearchHit[] hits = found.getHits().getHits();
        assertEquals(expected.length, hits.length);
        for (int i = 0; i < hits.length; i++) {
          assertEquals(expected[i].getId(), hits[i].getId());
          assertEquals(expected[i].getScore(), hits[i].getScore(), 0);
        }
      }
    }
  }

  private void skip(boolean skipped) {
    client()
        .admin()
        .cluster()
        .prepareUpdateSettings()
        .setPersistentSettings(
            Settings.builder().put("cluster.remote.far.skip_unavailable", skipped))
        .get();
  }
}
