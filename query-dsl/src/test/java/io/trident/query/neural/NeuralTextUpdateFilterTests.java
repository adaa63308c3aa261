/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.neural;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.opensearch.Version;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.cluster.ClusterName;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.AliasMetadata;
import org.opensearch.cluster.metadata.ComposableIndexTemplate;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.cluster.metadata.Template;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.index.Index;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.test.OpenSearchTestCase;

/** Requests are completed by the indices that OpenSearch resolves their names to. */
public class NeuralTextUpdateFilterTests extends OpenSearchTestCase {

  private static final String DATED = "<logs-{now/d{'one'|+12:00}}>";
  private static final String PUT = "{\"properties\": {\"body\": {\"type\": \"neural_text\"%s}}}";
  private static final IndexNameExpressionResolver RESOLVER =
      new IndexNameExpressionResolver(new ThreadContext(Settings.EMPTY));

  private static IndexMetadata.Builder index(String name, String model) throws IOException {
    return IndexMetadata.builder(name)
        .settings(
            Settings.builder()
                .put(IndexMetadata.SETTING_VERSION_CREATED, Version.CURRENT)
                .put(IndexMetadata.SETTING_INDEX_UUID, name))
        .numberOfShards(1)
        .numberOfReplicas(0)
        .putMapping(
            String.format(
                Locale.ROOT,
                """
                {"properties": {
                  "body": {"type": "neural_text", "model": "%s", "dense": true, "tokens": {"encoding": "4bit"}},
                  "body_neural": {"properties": {"passages": {"type": "nested", "properties": {
                    "dense": {"type": "dense_vector", "encoding": "8bit"}}}}}}}
                """,
                model));
  }

  private static ClusterState state() throws IOException {
    Metadata metadata =
        Metadata.builder()
            .put(index("logs-one", "first").putAlias(AliasMetadata.builder("all")))
            .put(
                index("logs-two", "second").putAlias(AliasMetadata.builder("all").writeIndex(true)))
            .put(
                "logs",
                new ComposableIndexTemplate(
                    List.of("logs-*"),
                    new Template(
                        Settings.builder().put("index.codec", "trident_best_compression").build(),
                        null,
                        null),
                    null,
                    null,
                    null,
                    null))
            .build();
    return ClusterState.builder(ClusterName.DEFAULT).metadata(metadata).build();
  }

  private static TargetMappings mappings() throws IOException {
    ClusterState state = state();
    return new TargetMappings(() -> state, () -> RESOLVER, () -> null);
  }

  private static PutMappingRequest put(String options, String... indices) {
    return new PutMappingRequest(indices)
        .source(String.format(Locale.ROOT, PUT, options), XContentType.JSON);
  }

  private static Map<String, Object> completed(PutMappingRequest request) throws IOException {
    new NeuralTextUpdateFilter(mappings()).complete(request);
    return XContentHelper.convertToMap(XContentType.JSON.xContent(), request.source(), true);
  }

  private static Object model(Map<String, Object> mapping) {
    return NeuralTextMapping.fields(mapping).get(0).options().get("model");
  }

  /** As dynamic mappings and the recovery of a split or cloned index do. */
  public void testAnUpdateByANodeIsOfItsOwnIndex() throws IOException {
    Index second = state().metadata().index("logs-two").getIndex();
    assertEquals("second", model(completed(put("").setConcreteIndex(second))));
    Index gone = new Index("logs-two", "of another time");
    assertNull(model(completed(put("").setConcreteIndex(gone))));
  }

  public void testNamesAreResolvedAsTheActionDoes() throws IOException {
    assertEquals("first", model(completed(put("", "logs-one"))));
    assertEquals("first", model(completed(put("", DATED))));
    assertEquals("first", model(completed(put("", "logs-*", "-logs-two"))));
    assertEquals("second", model(completed(put("", "all").writeIndexOnly(true))));
    assertNull("they disagree", model(completed(put("", "all"))));
    assertNull("the action refuses it", model(completed(put("", "logs-none"))));
  }

  public void testWhatTheIndexHasBesideTheFieldStands() throws IOException {
    MappedFields fields = MappedFields.of(completed(put("", "logs-one")));
    assertEquals("8bit", fields.mapping("body_neural.passages.dense").get("encoding"));
  }

  public void testAnOptionThatDiffersIsRefusedAsTheFields() throws IOException {
    for (Map.Entry<String, String> change :
        Map.of(
                "model", "\"second\"",
                "dense", "{\"encoding\": \"4bit\"}",
                "tokens", "{\"encoding\": \"2bit\"}",
                "token_reduction", "{\"pool_factor\": 2}",
                "expansion", "{\"model\": \"queries\"}")
            .entrySet()) {
      String options = ", \"" + change.getKey() + "\": " + change.getValue();
      MapperParsingException refused =
          expectThrows(MapperParsingException.class, () -> completed(put(options, "logs-one")));
      assertThat(refused.getMessage(), containsString("[body]"));
      assertThat(
          refused.getMessage(),
          containsString("Cannot update parameter [" + change.getKey() + "]"));
    }
    completed(put(", \"tokens\": {\"encoding\": \"4bit\"}", "logs-one"));
  }

  public void testTheCodecIsThatOfTheTemplatesOfTheNameThatADateMakes() throws IOException {
    Metadata metadata = state().metadata();
    CreateIndexRequest request =
        new CreateIndexRequest(DATED).mapping(String.format(Locale.ROOT, PUT, ""));
    new NeuralTextCodecFilter(() -> metadata, () -> RESOLVER).complete(request);
    assertFalse(request.settings().hasValue("index.codec"));
  }

  public void testATimeZoneInANameIsNoOtherCluster() throws IOException {
    assertEquals(1, mappings().searchedBy(new SearchRequest(DATED)).size());
    expectThrows(
        IllegalArgumentException.class,
        () -> mappings().searchedBy(new SearchRequest("other:logs-one")));
  }
}
