/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.action;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opensearch.Version;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.ingest.IngestMetadata;
import org.opensearch.ingest.PipelineConfiguration;
import org.opensearch.search.pipeline.SearchPipelineMetadata;
import org.opensearch.test.OpenSearchTestCase;

/** What in a cluster names a model. */
public class ModelUsesTests extends OpenSearchTestCase {

  private static PipelineConfiguration ingest(String id, String json) {
    return new PipelineConfiguration(id, new BytesArray(json), XContentType.JSON);
  }

  private static IndexMetadata index(String name, String setting, String pipeline) {
    return IndexMetadata.builder(name)
        .settings(
            Settings.builder()
                .put(IndexMetadata.SETTING_VERSION_CREATED, Version.CURRENT)
                .put(setting, pipeline))
        .numberOfShards(1)
        .numberOfReplicas(0)
        .build();
  }

  public void testFindsPipelinesAtAnyDepth() {
    Metadata metadata =
        Metadata.builder()
            .put(index("articles", "index.default_pipeline", "deep"), false)
            .put(index("others", "index.default_pipeline", "other"), false)
            .putCustom(
                IngestMetadata.TYPE,
                new IngestMetadata(
                    Map.of(
                        "deep",
                        ingest(
                            "deep",
                            "{\"processors\": [{\"foreach\": {\"field\": \"x\", \"processor\":"
                                + " {\"encode\": {\"field\": \"y\", \"model\": \"mine\"}}}}]}"),
                        "other",
                        ingest(
                            "other",
                            "{\"processors\": [{\"encode\": {\"field\": \"mine\","
                                + " \"model\": \"mine2\"}}]}"))))
            .putCustom(
                SearchPipelineMetadata.TYPE,
                new SearchPipelineMetadata(
                    Map.of(
                        "search",
                        new org.opensearch.search.pipeline.PipelineConfiguration(
                            "search",
                            new BytesArray(
                                "{\"request_processors\": [{\"filter_query\": {\"query\":"
                                    + " {\"learned_sparse\": {\"f\": {\"text\": \"t\", \"model\":"
                                    + " \"mine\"}}}}}]}"),
                            XContentType.JSON))))
            .build();
    assertEquals(
        List.of("ingest pipeline [deep] of the indices [articles]", "search pipeline [search]"),
        ModelUses.of("mine", metadata));
    assertEquals(List.of(), ModelUses.of("other", metadata));
    assertEquals(List.of(), ModelUses.of("mine", Metadata.EMPTY_METADATA));
  }

  public void testFindsTheModelsOfProcessors() {
    Map<String, Object> quality = Map.of("field", "p", "quality", Map.of("model", "judge"));
    Map<String, Object> encode =
        Map.of("field", "x", "passages", quality, "expansion", Map.of("model", "doc2query"));
    Map<String, Object> pipeline =
        Map.of(
            "processors",
            List.of(
                Map.of("encode", encode),
                Map.of("foreach", Map.of("processor", Map.of("encode", Map.of("model", "mine")))),
                Map.of("other", Map.of("model", "not ours"))));
    assertEquals(
        Set.of("usual", "judge", "doc2query", "mine"), ModelUses.models(pipeline, "usual"));
    assertEquals(Set.of(), ModelUses.models(Map.of("processors", List.of()), "usual"));
  }
}
