/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.opensearch.action.admin.cluster.snapshots.restore.RestoreSnapshotRequestBuilder;
import org.opensearch.action.admin.indices.shrink.ResizeRequestBuilder;
import org.opensearch.action.admin.indices.shrink.ResizeType;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.aggregations.AggregationBuilders;
import org.opensearch.search.aggregations.metrics.Sum;
import org.opensearch.test.OpenSearchSingleNodeTestCase;

/** What OpenSearch does with an index in its life, on a node in this process. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the JDK keeps the thread of deadlines
public class IndexLifecycleTests extends OpenSearchSingleNodeTestCase {

  private static final String IMPACTS =
      "{\"properties\":{\"sparse\":{\"type\":\"impact_vector\"}}}";
  private static final Settings ONE_SHARD =
      Settings.builder()
          .put("index.number_of_shards", 1)
          .put("index.number_of_replicas", 0)
          .build();

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(TridentPlugin.class);
  }

  private static Settings codec(String codec) {
    return Settings.builder().put("index.codec", codec).build();
  }

  private static Settings.Builder withCodec(String codec) {
    return Settings.builder().put(ONE_SHARD).put(codec(codec));
  }

  private void create(String index, Settings.Builder settings, String mapping) {
    client().admin().indices().prepareCreate(index).setSettings(settings).setMapping(mapping).get();
  }

  private void index(String index, String json) {
    client()
        .prepareIndex(index)
        .setSource(json, XContentType.JSON)
        .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
        .get();
  }

  private void assertDocuments(int expected, String index) {
    ensureGreen(index);
    assertEquals(expected, client().prepareSearch(index).get().getHits().getTotalHits().value());
  }

  private ResizeRequestBuilder resize(String index, String target, ResizeType type) {
    return client().admin().indices().prepareResizeIndex(index, target).setResizeType(type);
  }

  /** Its mapping changes before the first document, and before the second. */
  private void createSorted(String index) {
    create(
        index,
        withCodec("trident")
            .put("index.sort.field", "sparse")
            .putList("index.trident.derived_vectors", "dense_vector", "token_vectors"),
        IMPACTS);
    index(index, "{\"sparse\": {\"a\": 1}, \"title\": \"brings a field\"}");
    client()
        .admin()
        .indices()
        .preparePutMapping(index)
        .setSource("{\"properties\": {\"year\": {\"type\": \"integer\"}}}", XContentType.JSON)
        .get();
    index(index, "{\"sparse\": {\"b\": 1}}");
    assertDocuments(2, index);
    client()
        .admin()
        .indices()
        .prepareUpdateSettings(index)
        .setSettings(Settings.builder().put("index.blocks.write", true))
        .get();
  }

  public void testASortedIndexIsChangedClonedAndSplit() {
    createSorted("sorted");
    resize("sorted", "clone", ResizeType.CLONE)
        .setSettings(Settings.builder().put(ONE_SHARD).putNull("index.blocks.write").build())
        .get();
    assertDocuments(2, "clone");
    index("clone", "{\"sparse\": {\"c\": 1}, \"other\": 1}");
    client().admin().indices().prepareForceMerge("clone").setMaxNumSegments(1).get();
    assertDocuments(3, "clone");
    resize("sorted", "split", ResizeType.SPLIT)
        .setSettings(Settings.builder().put(ONE_SHARD).put("index.number_of_shards", 2).build())
        .get();
    assertDocuments(2, "split");
  }

  public void testTheCodecIsNotLostOnTheWay() {
    createSorted("kept");
    assertKept(
        expectThrows(
            IllegalArgumentException.class,
            () ->
                resize("kept", "lost", ResizeType.CLONE)
                    .setSettings(withCodec("default").build())
                    .get()));
    snapshot();
    assertKept(
        expectThrows(
            IllegalArgumentException.class,
            () -> restore("lost").setIndexSettings(codec("default")).get()));
    assertKept(
        expectThrows(
            IllegalArgumentException.class,
            () -> restore("lost").setIgnoreIndexSettings(randomFrom("index.codec", "*")).get()));
    restore("restored")
        .setIndexSettings(codec("trident_best_compression"))
        .setIgnoreIndexSettings("index.blocks.write")
        .get();
    assertDocuments(2, "restored");
    index("restored", "{\"sparse\": {\"c\": 1}}");
    assertDocuments(3, "restored");
  }

  /** Tests share a node, and each has a repository of its own. */
  private String repository() {
    return getTestName().toLowerCase(Locale.ROOT);
  }

  private void snapshot() {
    client()
        .admin()
        .cluster()
        .preparePutRepository(repository())
        .setType("fs")
        .setSettings(Settings.builder().put("location", repository()))
        .get();
    client()
        .admin()
        .cluster()
        .prepareCreateSnapshot(repository(), "one")
        .setWaitForCompletion(true)
        .setIndices("kept")
        .get();
  }

  private RestoreSnapshotRequestBuilder restore(String as) {
    return client()
        .admin()
        .cluster()
        .prepareRestoreSnapshot(repository(), "one")
        .setWaitForCompletion(true)
        .setIndices("kept")
        .setRenamePattern("kept")
        .setRenameReplacement(as);
  }

  public void testTheVectorsOfSourcesAreNotLostOnTheWay() {
    createSorted("kept");
    snapshot();
    String key = "index.trident.derived_vectors";
    Settings none = Settings.builder().putList(key, List.of()).build();
    for (ThrowingRunnable lossy :
        List.<ThrowingRunnable>of(
            () -> resize("kept", "lost", ResizeType.CLONE).setSettings(none).get(),
            () -> restore("lost").setIndexSettings(none).get(),
            () -> restore("lost").setIgnoreIndexSettings(key).get())) {
      assertRefused(
          expectThrows(IllegalArgumentException.class, lossy), "[kept]", key, "[dense_vector,");
    }
    restore("restored")
        .setIndexSettings(Settings.builder().putList(key, "token_vectors"))
        .setIgnoreIndexSettings("index.blocks.write")
        .get();
    assertDocuments(2, "restored");
    assertRefused(
        expectThrows(
            IllegalArgumentException.class,
            () -> create("wrong", withCodec("trident").putList(key, "keyword"), IMPACTS)),
        key,
        "[keyword]");
  }

  private static void assertKept(IllegalArgumentException refused) {
    assertRefused(refused, "[kept]", "[sparse]", "[index.codec]", "[default]");
  }

  private static void assertRefused(IllegalArgumentException refused, String... words) {
    for (String word : words) {
      assertTrue(refused.getMessage(), refused.getMessage().contains(word));
    }
  }

  public void testStarTreesAreWrittenAndRead() {
    String mapping =
        "{\"properties\": {\"sparse\": {\"type\": \"impact_vector\"}, \"number\": {\"type\": \"integer\"},"
            + " \"dense\": {\"type\": \"dense_vector\", \"dimension\": 2, \"encoding\": \"8bit\"},"
            + " \"kind\": {\"type\": \"integer\"}}, \"composite\": {\"tree\": {\"type\": \"star_tree\","
            + " \"config\": {\"ordered_dimensions\": [{\"name\": \"kind\"}, {\"name\": \"number\"}],"
            + " \"metrics\": [{\"name\": \"number\", \"stats\": [\"sum\", \"value_count\"]}]}}}}";
    String codec = randomFrom("trident", "trident_best_compression");
    create(
        "stars",
        withCodec(codec).put("index.composite_index", true).put("index.append_only.enabled", true),
        mapping);
    for (int i = 0; i < 20; i++) {
      index(
          "stars",
          "{\"kind\": 1, \"number\": " + i + ", \"sparse\": {\"a\": 1}, \"dense\": [1, 2]}");
      if (i % 7 == 0) {
        client().admin().indices().prepareFlush("stars").setForce(true).get();
      }
    }
    for (int i = 0; i < 2; i++) {
      Sum sum =
          client()
              .prepareSearch("stars")
              .setSize(0)
              .addAggregation(AggregationBuilders.sum("sum").field("number"))
              .get()
              .getAggregations()
              .get("sum");
      assertEquals(190, sum.getValue(), 0);
      client().admin().indices().prepareForceMerge("stars").setMaxNumSegments(1).get();
      client().admin().indices().prepareClose("stars").get();
      client().admin().indices().prepareOpen("stars").get();
      assertDocuments(20, "stars");
    }
  }
}
