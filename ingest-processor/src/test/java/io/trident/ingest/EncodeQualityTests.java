/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.OpenSearchParseException;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.opensearch.ingest.Processor;

/** Texts that are not worth their vectors; the judge likes long ones. */
public class EncodeQualityTests extends EncodeTestCase {

  private Processor judging(Map<String, Object> options) {
    Map<String, Object> quality = new HashMap<>(options);
    quality.put("model", LetterModel.ID);
    return processor(Map.of("field", "body", "dense", "d", "quality", quality));
  }

  public void testATextThatIsNotGoodEnoughHasNoVectors() throws Exception {
    Processor processor = judging(Map.of("threshold", 3, "field", "worth"));
    IngestDocument good = document(Map.of("body", "river"));
    assertNull(run(processor, good));
    assertEquals(5f, good.getFieldValue("worth", Float.class), 0);
    assertEquals(List.of(5f, (float) 'r'), good.getFieldValue("d", List.class));
    IngestDocument poor = document(Map.of("body", "x", "d", List.of(1f, 2f), "worth", 9f));
    assertNull(run(processor, poor));
    assertEquals(1f, poor.getFieldValue("worth", Float.class), 0);
    assertNull(poor.getFieldValue("d", Object.class));
    assertEquals(List.of(List.of("river")), model.calls);
  }

  public void testScoresGoWithTheText() throws Exception {
    Processor processor = judging(Map.of("threshold", 3, "field", "worth"));
    IngestDocument without = document(Map.of("d", List.of(1f, 2f), "worth", 9f));
    assertNull(run(processor, without));
    assertFalse(without.hasField("worth"));
  }

  public void testADocumentMayBeDropped() throws Exception {
    Processor processor = judging(Map.of("threshold", 3, "drop", "document"));
    List<IngestDocumentWrapper> results =
        runBatch(
            processor,
            List.of(
                document(Map.of("body", "x")),
                document(Map.of("body", "river")),
                document(Map.of("title", "no text"))));
    assertNull(results.get(0).getIngestDocument());
    assertNull(results.get(0).getException());
    assertTrue(results.get(1).getIngestDocument().hasField("d"));
    assertNotNull(results.get(2).getIngestDocument());
    processor.execute(
        document(Map.of("body", "x")),
        (result, failure) -> {
          assertNull(result);
          assertNull(failure);
        });
  }

  public void testADocumentIsDroppedWhenNoneOfItsTextsIsKept() throws Exception {
    Map<String, Object> quality =
        new HashMap<>(Map.of("model", LetterModel.ID, "threshold", 3, "drop", "document"));
    Processor processor =
        processor(Map.of("field", "parts.body", "dense", "parts.d", "quality", quality));
    List<IngestDocumentWrapper> results =
        runBatch(
            processor,
            List.of(
                document(Map.of("parts", List.of(body("x"), body("river")))),
                document(Map.of("parts", List.of(body("x"), body("y"))))));
    assertNull(results.get(0).getIngestDocument().getFieldValue("parts.0.d", Object.class));
    assertTrue(results.get(0).getIngestDocument().hasField("parts.1.d"));
    assertNull(results.get(1).getIngestDocument());
  }

  public void testTheBestShareIsKept() throws Exception {
    Processor processor = judging(Map.of("keep", 0.5));
    int kept = 0;
    for (int i = 0; i < 200; i++) {
      IngestDocument document = document(Map.of("body", randomAlphaOfLengthBetween(1, 200)));
      assertNull(run(processor, document));
      kept += document.getFieldValue("d", Object.class, true) == null ? 0 : 1;
    }
    assertEquals(100, kept, 30);
  }

  public void testPassagesMayBeKeptByTheirShareAndTellTheirScores() throws Exception {
    Map<String, Object> passages = passages(8, 0);
    passages.put(
        "quality", new HashMap<>(Map.of("model", LetterModel.ID, "keep", 0.5, "field", "worth")));
    Processor processor = processor(Map.of("field", "body", "dense", "d", "passages", passages));
    IngestDocument document = document(Map.of("body", List.of("river", "lake", "sea", "x")));
    assertNull(run(processor, document));
    List<?> kept = document.getFieldValue("passages", List.class);
    assertEquals(1, kept.size());
    assertEquals(5f, document.getFieldValue("passages.0.worth", Float.class), 0);
  }

  public void testRefusesQualityThatSaysTooLittleOrTooMuch() {
    for (Map<String, Object> wrong :
        List.<Map<String, Object>>of(
            Map.of(),
            Map.of("threshold", 1, "keep", 0.5),
            Map.of("keep", 0),
            Map.of("keep", 1.1),
            Map.of("keep", "half"),
            Map.of("threshold", 1, "drop", "text"),
            Map.of("threshold", 1, "field", "d"),
            Map.of("threshold", 1, "other", 1))) {
      expectThrows(OpenSearchParseException.class, () -> judging(wrong));
    }
    Map<String, Object> quality = Map.of("model", LetterModel.ID, "threshold", 1);
    Map<String, Object> both = new HashMap<>(Map.of("field", "body", "dense", "d"));
    both.put("quality", new HashMap<>(quality));
    both.put("passages", passages(8, 0));
    expectThrows(OpenSearchParseException.class, () -> processor(both));
    Map<String, Object> passages = passages(8, 0);
    Map<String, Object> dropping = new HashMap<>(quality);
    dropping.put("drop", "document");
    passages.put("quality", dropping);
    expectThrows(
        OpenSearchParseException.class,
        () -> processor(Map.of("field", "body", "dense", "d", "passages", passages)));
  }
}
