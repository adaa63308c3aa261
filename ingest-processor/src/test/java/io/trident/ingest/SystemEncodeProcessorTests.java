/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.opensearch.ingest.Processor;
import org.opensearch.ingest.RandomDocumentPicks;
import org.opensearch.plugins.IngestPlugin.SystemIngestPipelineConfigKeys;
import org.opensearch.test.OpenSearchTestCase;

/** The processor that an index has by its mapping. */
public class SystemEncodeProcessorTests extends OpenSearchTestCase {

  private final LetterModel model = new LetterModel(Runnable::run);

  /** In these tests a mapping has the configurations of its processors under {@code encode}. */
  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> wanted(Map<String, Object> mapping) {
    return (List<Map<String, Object>>) mapping.getOrDefault("encode", List.of());
  }

  private static Map<String, Object> mapping(String... fields) {
    List<Map<String, Object>> configs = new ArrayList<>();
    for (String field : fields) {
      configs.add(Map.of("field", field, "dense", field + "_vector"));
    }
    return Map.of("encode", configs);
  }

  private Processor create(Map<String, Object> index) throws Exception {
    return new SystemEncodeProcessor.Factory(
            new EncodeProcessor.Factory(
                () -> model,
                () -> LetterModel.ID,
                new Admission(100, 1 << 20, Duration.ofMinutes(1)),
                (name, field) -> false),
            SystemEncodeProcessorTests::wanted)
        .create(Map.of(), null, null, index);
  }

  private static IngestDocument document(Map<String, Object> source) {
    IngestDocument document = RandomDocumentPicks.randomIngestDocument(random(), new HashMap<>());
    source.forEach(document::setFieldValue);
    return document;
  }

  public void testAnIndexWithoutSuchFieldsHasNone() throws Exception {
    assertNull(create(Map.of(SystemIngestPipelineConfigKeys.INDEX_MAPPINGS, Map.of())));
    assertNull(create(Map.of(SystemIngestPipelineConfigKeys.INDEX_TEMPLATE_MAPPINGS, List.of())));
    assertNull(create(Map.of()));
  }

  public void testEncodesEveryFieldOfADocument() throws Exception {
    Processor processor =
        create(Map.of(SystemIngestPipelineConfigKeys.INDEX_MAPPINGS, mapping("a", "b")));
    assertTrue(processor.isSystemGenerated());
    IngestDocument document = document(Map.of("a", "abc", "b", "de"));
    processor.execute(document, (result, failure) -> assertNull(failure));
    assertEquals(List.of(3f, 97f), document.getFieldValue("a_vector", List.class));
    assertEquals(List.of(2f, 100f), document.getFieldValue("b_vector", List.class));
  }

  public void testTemplatesNameAFieldOnce() throws Exception {
    Processor processor =
        create(
            Map.of(
                SystemIngestPipelineConfigKeys.INDEX_TEMPLATE_MAPPINGS,
                List.of(mapping("a"), mapping("a", "b"))));
    IngestDocument document = document(Map.of("a", "abc", "b", "de"));
    processor.execute(document, (result, failure) -> assertNull(failure));
    assertTrue(document.hasField("a_vector"));
    assertTrue(document.hasField("b_vector"));
  }

  public void testADocumentOfABatchFailsAlone() throws Exception {
    Processor processor =
        create(Map.of(SystemIngestPipelineConfigKeys.INDEX_MAPPINGS, mapping("a", "b")));
    List<IngestDocumentWrapper> batch = new ArrayList<>();
    for (Object text : List.of("abc", 5, "de")) {
      IngestDocument document = document(Map.of("a", text, "b", "xyz"));
      batch.add(new IngestDocumentWrapper(batch.size(), 0, document, null));
    }
    List<IngestDocumentWrapper> results = new ArrayList<>();
    processor.batchExecute(batch, results::addAll);
    assertEquals(3, results.size());
    for (IngestDocumentWrapper result : results) {
      assertEquals(result.getSlot() == 1, result.getException() != null);
      if (result.getSlot() != 1) {
        assertTrue(result.getIngestDocument().hasField("a_vector"));
        assertTrue(result.getIngestDocument().hasField("b_vector"));
      }
    }
  }
}
