/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import static org.opensearch.test.hamcrest.OpenSearchAssertions.assertAcked;

import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.codec.tokenvectors.CodedDocument;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.plugins.Plugin;
import org.opensearch.search.SearchHit;
import org.opensearch.test.InternalTestCluster;
import org.opensearch.test.OpenSearchIntegTestCase;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;

/** All copies of a shard put the same vectors back into sources, wherever they have them from. */
@ClusterScope(scope = Scope.TEST, numDataNodes = 0)
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the JDK keeps the thread of deadlines
public class DerivedVectorsReplicationTests extends OpenSearchIntegTestCase {

  private static final int DIMENSION = 8;

  /** What was sent of each document, by its id. */
  private final Map<String, String> sent = new TreeMap<>();

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(TridentPlugin.class);
  }

  /** An index has one plugin's engines. */
  @Override
  protected boolean addMockInternalEngine() {
    return false;
  }

  private static String vector() {
    return IntStream.range(0, DIMENSION)
        .mapToObj(i -> randomFloat())
        .toList()
        .toString()
        .replace(" ", "");
  }

  private static String codes() {
    float[] flat = new float[3 * DIMENSION];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = randomFloat() - 0.5f;
    }
    CodedDocument coded =
        CodedDocument.encode(
            TokenVectorsEncoding.BITS_2,
            TokenSimilarity.COSINE,
            DIMENSION,
            flat,
            new int[] {7, 8, 9});
    byte[] bytes = BytesReference.toBytes(new BytesArray(coded.value()));
    return "codes:" + Base64.getEncoder().encodeToString(bytes);
  }

  private void write(int from, int to) {
    for (int i = from; i < to; i++) {
      String json =
          String.format(
              Locale.ROOT,
              "{\"dense\":%s,\"passages\":[{\"tokens\":[{\"vectors\":\"%s\"}]},{\"dense\":%s}],\"impacts\":{\"a\":1.0}}",
              vector(),
              codes(),
              vector());
      client().prepareIndex("index").setId("" + i).setSource(json, XContentType.JSON).get();
      sent.put("" + i, json);
    }
  }

  private void assertCopies() throws Exception {
    ensureGreen("index");
    refresh("index");
    for (String copy : List.of("_primary", "_replica")) {
      assertBusy(
          () -> {
            Map<String, String> found = new TreeMap<>();
            for (SearchHit hit :
                client().prepareSearch("index").setPreference(copy).setSize(1000).get().getHits()) {
              found.put(hit.getId(), hit.getSourceAsString());
            }
            assertEquals(sent, found);
          });
    }
  }

  private void walk(String replication) throws Exception {
    internalCluster().startClusterManagerOnlyNode();
    List<String> data = internalCluster().startDataOnlyNodes(2);
    String fields =
        "\"dense\": {\"type\": \"dense_vector\", \"dimension\": 8},"
            + " \"tokens\": {\"type\": \"token_vectors\", \"dimension\": 8},"
            + " \"impacts\": {\"type\": \"impact_vector\", \"max_weight\": 1}";
    assertAcked(
        prepareCreate(
                "index",
                Settings.builder()
                    .put("index.number_of_shards", 1)
                    .put("index.number_of_replicas", 1)
                    .put("index.replication.type", replication)
                    .put("index.unassigned.node_left.delayed_timeout", "5m")
                    .put("index.codec", "trident")
                    .putList(
                        "index.trident.derived_vectors",
                        List.of("dense_vector", "token_vectors", "impact_vector")))
            .setMapping(
                "{\"properties\": {"
                    + fields
                    + ", \"passages\": {\"type\": \"nested\", \"properties\": {"
                    + fields
                    + "}}}}"));
    ensureGreen("index");
    write(0, 20);
    assertCopies();
    internalCluster()
        .restartNode(
            randomFrom(data),
            new InternalTestCluster.RestartCallback() {
              @Override
              public Settings onNodeStopped(String node) throws Exception {
                write(10, 30);
                client().admin().indices().prepareFlush("index").setForce(true).get();
                return super.onNodeStopped(node);
              }
            });
    assertCopies();
    String added = internalCluster().startDataOnlyNode();
    internalCluster().stopRandomNode(settings -> data.get(0).equals(settings.get("node.name")));
    assertAcked(
        client()
            .admin()
            .indices()
            .prepareUpdateSettings("index")
            .setSettings(
                Settings.builder().put("index.unassigned.node_left.delayed_timeout", "0s")));
    assertCopies();
    internalCluster().fullRestart();
    assertCopies();
    assertTrue(internalCluster().nodesInclude("index").contains(added));
  }

  public void testDocumentReplication() throws Exception {
    walk("DOCUMENT");
  }

  public void testSegmentReplication() throws Exception {
    walk("SEGMENT");
  }
}
