/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.Processor;

/** What a document that is written again keeps, loses and gets anew. */
public class EncodeUpdatesTests extends EncodeTestCase {

  /** A document that has been encoded, failed later, and lost its text. */
  private IngestDocument withoutItsText(Map<String, Object> config, Object noText)
      throws Exception {
    Processor processor = processor(config);
    IngestDocument document = document(Map.of("body", "abc", "other", 1));
    assertNull(run(processor, document));
    document.setFieldValue("encode_error", "busy");
    if (noText == null && randomBoolean()) {
      document.removeField("body");
    } else {
      document.setFieldValue("body", noText);
    }
    assertNull(run(processor, document));
    return document;
  }

  public void testWhatWasWrittenForATextGoesWithIt() throws Exception {
    List<Object> noTexts = new ArrayList<>(List.of("", " ", List.of(), List.of(" ")));
    noTexts.add(null);
    for (Object noText : noTexts) {
      Map<String, Object> config = new HashMap<>(Map.of("field", "body", "digest_field", "hash"));
      config.put(randomFrom("sparse", "dense", "tokens"), "v");
      boolean cut = randomBoolean();
      if (cut) {
        config.put("passages", passages(8, 0));
      }
      IngestDocument document = withoutItsText(config, noText);
      Map<String, Object> source = document.getSourceAndMetadata();
      for (String path : List.of(cut ? "passages" : "v", "hash", "encode_error")) {
        assertNull(source.get(path));
      }
      boolean named = source.containsKey("body");
      assertEquals("a part says that it has none", named, source.containsKey("hash"));
      assertFalse(source.containsKey("encode_error"));
      assertEquals(1, source.get("other"));
    }
  }

  public void testAPartWithoutATextChangesNothing() throws Exception {
    IngestDocument part = document(Map.of("price", 3));
    assertNull(run(processor(Map.of("field", "body", "dense", "d")), part));
    assertFalse(part.getSourceAndMetadata().containsKey("d"));
  }

  public void testAPartThatReplacesWhatATextIsInTakesItsVectorsAway() throws Exception {
    Processor processor = processor(Map.of("field", "sections.text", "dense", "d"));
    for (Object sections : Arrays.asList(null, List.of(), List.of(Map.of("n", 1)), "no object")) {
      IngestDocument part = document(Collections.singletonMap("sections", sections));
      assertNull(run(processor, part));
      Map<String, Object> source = part.getSourceAndMetadata();
      assertTrue(source.containsKey("d") && source.get("d") == null);
    }
    IngestDocument merged = document(Map.of("sections", Map.of("n", 1)));
    assertNull(run(processor, merged));
    assertFalse(merged.getSourceAndMetadata().containsKey("d"));
  }

  public void testWhatReplacesTextsWithTheirVectorsStaysAsItCame() throws Exception {
    Processor processor = processor(Map.of("field", "sections.text", "dense", "sections.d"));
    for (Object sections : Arrays.asList(null, List.of(), "no object")) {
      IngestDocument part = document(Collections.singletonMap("sections", sections));
      assertNull(run(processor, part));
      assertEquals(sections, part.getSourceAndMetadata().get("sections"));
    }
  }

  public void testAPartTakesTheMarkAwayWhereThereMayBeOne() throws Exception {
    marked = randomBoolean();
    Processor processor = processor(Map.of("field", "body", "dense", "d"));
    IngestDocument part = document(Map.of("body", randomFrom("abc", "")));
    assertNull(run(processor, part));
    assertNull(part.getSourceAndMetadata().get("encode_error"));
    assertEquals(marked, part.getSourceAndMetadata().containsKey("encode_error"));
    IngestDocument other = document(Map.of("price", 3));
    assertNull(run(processor, other));
    assertFalse(other.getSourceAndMetadata().containsKey("encode_error"));
  }

  public void testUnchangedTextIsNotEncodedAgain() throws Exception {
    Map<String, Object> config =
        Map.of("fields", List.of("title", "body"), "dense", "d", "digest_field", "encoded.digest");
    EncodeProcessor processor = processor(config);
    IngestDocument document = document(Map.of("title", "one", "body", "two", "price", 3));
    assertNull(run(processor, document));
    document.setFieldValue("price", 4);
    assertNull(run(processor, document));
    assertEquals(1, model.calls.size());
    document.setFieldValue("body", "three");
    assertNull(run(processor, document));
    assertEquals(List.of(List.of("one\ntwo"), List.of("one\nthree")), model.calls);
    document.removeField("d");
    assertNull(run(processor, document));
    assertEquals("vectors that the source leaves out are made again", 3, model.calls.size());
  }

  public void testUnchangedTextIsEncodedAgainForAnIndexOfAnotherModel() throws Exception {
    EncodeProcessor processor =
        processor(Map.of("field", "body", "dense", "d", "digest_field", "hash"));
    IngestDocument document = document(body("text"));
    assertNull(run(processor, document));
    String former = document.getFieldValue("hash", String.class);
    fingerprints.put("d", LetterModel.FINGERPRINT);
    for (int i = 0; i < 2; i++) {
      assertNull(run(processor, document));
      assertEquals(List.of(List.of("text"), List.of("text")), model.calls);
    }
    assertNotEquals(former, document.getFieldValue("hash", String.class));
    fingerprints.put("d", "f".repeat(32));
    assertNotNull("not taken for one of that model", run(processor, document));
  }

  private EncodeProcessor cutting(int overlap) {
    return processor(
        Map.of(
            "field",
            "body",
            "dense",
            "d",
            "digest_field",
            "hash",
            "passages",
            passages(8, overlap)));
  }

  public void testUnchangedPassagesAreNotEncodedAgain() throws Exception {
    IngestDocument document = document(Map.of("body", "a text of several passages"));
    assertNull(run(cutting(2), document));
    assertNull(run(cutting(2), document));
    assertEquals(1, model.calls.size());
    assertNull(run(cutting(3), document));
    assertEquals("another way of cutting makes other vectors", 2, model.calls.size());
  }

  /** What a document is before or after a pipeline: its source alone. */
  private static Map<String, Object> source(IngestDocument document) {
    Map<String, Object> source = new HashMap<>(document.getSourceAndMetadata());
    for (IngestDocument.Metadata metadata : IngestDocument.Metadata.values()) {
      source.remove(metadata.getFieldName());
    }
    return source;
  }

  /** The source that a pipeline makes of one, whether it fails or not. */
  private static Map<String, Object> encoded(Processor processor, Map<String, Object> source)
      throws Exception {
    IngestDocument document =
        new IngestDocument("index", "1", null, null, null, new HashMap<>(source));
    run(processor, document);
    return source(document);
  }

  private static Map<String, Object> randomPart() {
    Map<String, Object> part = new HashMap<>(Map.of("price", randomInt(9)));
    if (randomBoolean()) {
      part.put("body", randomFrom(Arrays.asList("one", "two", LetterModel.POISON, "", null, 3)));
    }
    return part;
  }

  public void testVectorsFollowTheTextThroughAnySequenceOfWrites() throws Exception {
    marked = true;
    Map<String, Object> config =
        new HashMap<>(Map.of("field", "body", "sparse", "s", "dense", "d"));
    if (randomBoolean()) {
      config.put("digest_field", "hash");
    }
    Processor processor = processor(config);
    Map<String, Object> stored = encoded(processor, randomPart());
    for (int i = 0; i < 200; i++) {
      Map<String, Object> part = randomPart();
      switch (randomInt(3)) {
        case 0 -> stored = encoded(processor, part);
        case 1 -> { // an update: the pipeline gets the merged document
          XContentHelper.update(stored, part, false);
          stored = encoded(processor, stored);
        }
        case 2 -> // a part as an upsert: the pipeline gets the part alone
            XContentHelper.update(stored, encoded(processor, part), false);
        default -> { // a script
          stored.remove("body");
          stored = encoded(processor, stored);
        }
      }
      Object text = stored.get("body");
      boolean encodes = "one".equals(text) || "two".equals(text);
      assertEquals(encodes ? List.of(Map.of(text, 3f)) : null, stored.get("s"));
      assertEquals(encodes, stored.get("d") != null);
      boolean fails = LetterModel.POISON.equals(text) || Integer.valueOf(3).equals(text);
      assertEquals(fails, stored.get("encode_error") != null);
    }
  }
}
