/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.ModelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.ExceptionsHelper;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.Processor;

/** What the processor reads of a document and writes into it. */
public class EncodeProcessorTests extends EncodeTestCase {

  public void testWritesAllRepresentationsInOneRun() throws Exception {
    IngestDocument document = document(Map.of("body", "abc"));
    Map<String, Object> config =
        Map.of("field", "body", "sparse", "s", "dense", "vectors.d", "tokens", "t");
    assertNull(run(processor(config), document));
    assertEquals(List.of(Map.of("abc", 3f)), document.getFieldValue("s", List.class));
    assertEquals(List.of(3f, 97f), document.getFieldValue("vectors.d", List.class));
    assertEquals(
        List.of(
            Map.of(
                "vectors",
                "float16:AEIQVg==", // 3 and 97
                "token_ids",
                List.of(7),
                "starts",
                List.of(0),
                "ends",
                List.of(3))),
        document.getFieldValue("t", List.class));
    assertEquals(List.of(List.of("abc")), model.calls);
  }

  private static Object vectors(IngestDocument document, String path) {
    return document.getFieldValue(path + ".0.vectors", String.class);
  }

  public void testTokenVectorsAreWrittenAsTheCodesOfTheirField() throws Exception {
    Processor processor = processor(Map.of("field", "body", "tokens", "a.t"));
    List<IngestDocument> documents = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      documents.add(document(Map.of("body", "abc", "_index", randomFrom("coded", "coded2", "o"))));
    }
    runBatch(processor, documents).forEach(result -> assertNull(result.getException()));
    for (IngestDocument document : documents) {
      String index = document.getFieldValue("_index", String.class);
      assertEquals(index.equals("o"), document.hasField("a.t.0.token_ids"));
      assertTrue(document.hasField("a.t.0.starts"));
      assertEquals(
          index.equals("o") ? "float16:AEIQVg==" : "codes:" + index + "/a.t",
          vectors(document, "a.t"));
    }
    Map<String, Object> config =
        Map.of("field", "body", "tokens", "t", "passages", passages(8, 0), "batch_size", 2);
    IngestDocument cut = document(Map.of("body", "abc", "_index", "coded"));
    assertNull(run(processor(config), cut));
    assertEquals("codes:coded/passages.t", vectors(cut, "passages.0.t"));
  }

  public void testSentencesAreUnits() throws Exception {
    Map<String, Object> config = Map.of("field", "body", "tokens", "t", "units", "sentences");
    IngestDocument document = document(Map.of("body", "Ab. Cde."));
    assertNull(run(processor(config), document));
    assertEquals(List.of(0), document.getFieldValue("t.0.units", List.class));
    IngestDocument plain = document(Map.of("body", "Ab. Cde."));
    assertNull(run(processor(Map.of("field", "body", "tokens", "t")), plain));
    assertFalse(plain.hasField("t.0.units"));
  }

  public void testTokenVectorsMayStayNumbers() throws Exception {
    Map<String, Object> config = Map.of("field", "body", "tokens", "t", "token_format", "float16");
    IngestDocument document = document(Map.of("body", "abc", "_index", "coded"));
    assertNull(run(processor(config), document));
    assertEquals("float16:AEIQVg==", vectors(document, "t"));
  }

  public void testNumbersTooLargeForTwoBytesHaveFour() throws Exception {
    IngestDocument document = document(Map.of("body", "\uFFFD"));
    assertNull(run(processor(Map.of("field", "body", "tokens", "t")), document));
    assertEquals(
        "AACAPwD9f0c=", document.getFieldValue("t.0.vectors", String.class)); // 1 and 65,533
  }

  public void testJoinsFieldsAndArrays() throws Exception {
    IngestDocument document =
        document(Map.of("title", "one", "more.body", List.of("two", " ", "three")));
    Map<String, Object> config =
        Map.of("fields", List.of("title", "more.body", "absent"), "dense", "d");
    assertNull(run(processor(config), document));
    assertEquals(List.of(List.of("one\ntwo\nthree")), model.calls);
  }

  public void testEncodesEachNestedObject() throws Exception {
    List<Object> sections = new ArrayList<>();
    sections.add(new HashMap<>(Map.of("text", "first")));
    sections.add(new HashMap<>(Map.of("title", "no text")));
    sections.add(new HashMap<>(Map.of("text", "second one")));
    IngestDocument document = document(Map.of("sections", sections));
    assertNull(
        run(processor(Map.of("field", "sections.text", "dense", "sections.vector")), document));
    assertEquals(List.of(5f, 102f), document.getFieldValue("sections.0.vector", List.class));
    assertFalse(document.hasField("sections.1.vector"));
    assertEquals(List.of(10f, 115f), document.getFieldValue("sections.2.vector", List.class));
  }

  /** Objects of which some have a text, among other things that an array may hold. */
  private static List<Object> sections(String... texts) {
    List<Object> sections = new ArrayList<>();
    for (String text : texts) {
      sections.add(new HashMap<>(Map.of("text", text)));
      if (randomBoolean()) {
        sections.add(randomFrom(Arrays.asList(null, "no object", 3, List.of(new HashMap<>()))));
      }
    }
    return sections;
  }

  @SuppressWarnings("unchecked") // of the test's own making
  private static List<Object> texts(IngestDocument document, String array, String key) {
    List<Object> values = new ArrayList<>();
    for (Object element : document.getFieldValue(array, List.class)) {
      if (element instanceof Map<?, ?> object && object.containsKey("text")) {
        values.add(((List<Map<String, Object>>) object.get(key)).get(0).keySet().iterator().next());
      }
    }
    return values;
  }

  public void testObjectsAmongOtherThingsGetTheirVectors() throws Exception {
    IngestDocument document = document(new HashMap<>(Map.of("sections", sections("one", "two"))));
    assertNull(run(processor(Map.of("field", "sections.text", "sparse", "sections.s")), document));
    assertEquals(List.of("one", "two"), texts(document, "sections", "s"));
  }

  public void testTextsOfAnArrayAreOneWhereTheTargetIsOutside() throws Exception {
    IngestDocument document =
        document(new HashMap<>(Map.of("title", "top", "sections", sections("one", "two"))));
    Map<String, Object> config = Map.of("fields", List.of("title", "sections.text"), "sparse", "s");
    assertNull(run(processor(config), document));
    assertEquals(List.of(List.of("top\none\ntwo")), model.calls);
    assertTrue(document.hasField("s"));
  }

  public void testFieldsOutsideOfTheArrayAreReadFromTheDocument() throws Exception {
    Map<String, Object> source =
        new HashMap<>(
            Map.of(
                "title",
                "top",
                "document",
                new HashMap<>(Map.of("title", "volcano")),
                "sections",
                sections("one", "two")));
    IngestDocument document = document(source);
    List<String> fields = List.of("sections.text", randomFrom("title", "document.title"));
    String outside = fields.get(1).equals("title") ? "top" : "volcano";
    assertNull(run(processor(Map.of("fields", fields, "sparse", "sections.s")), document));
    assertEquals(List.of("one\n" + outside, "two\n" + outside), texts(document, "sections", "s"));
  }

  public void testKeysWithDotsAreRead() throws Exception {
    IngestDocument document = document(Map.of());
    document.getSourceAndMetadata().put("meta.title", "river");
    document.getSourceAndMetadata().put("meta.s", List.of("old"));
    assertNull(run(processor(Map.of("field", "meta.title", "sparse", "meta.s")), document));
    assertEquals(List.of(List.of("river")), model.calls);
    assertTrue(document.hasField("meta.s.0.river"));
    assertFalse(document.getSourceAndMetadata().containsKey("meta.s"));
  }

  public void testTargetsThatLeadThroughAnotherArrayFail() throws Exception {
    IngestDocument document = document(Map.of("body", "text"));
    document.setFieldValue("sections", sections("one"));
    Exception e = run(processor(Map.of("field", "body", "sparse", "sections.s")), document);
    assertEquals(
        "target [sections.s] must lead through objects, but [sections] is an array without a text"
            + " of [body]",
        e.getMessage());
    e =
        run(
            processor(Map.of("field", "sections.text", "sparse", "sections.s", "dense", "d")),
            document);
    assertEquals(
        "target [sections.s] must lead through objects, but [sections] is none", e.getMessage());
  }

  public void testLeavesDocumentsWithoutTextAlone() throws Exception {
    IngestDocument document = document(Map.of("title", "text"));
    IngestDocument before = new IngestDocument(document);
    assertNull(run(processor(Map.of("field", "body", "dense", "d")), document));
    assertEquals(before.getSourceAndMetadata(), document.getSourceAndMetadata());
    assertEquals(List.of(), model.calls);
  }

  public void testATextWithoutATokenHasNoDenseVector() throws Exception {
    IngestDocument document = document(Map.of("body", "\u200B"));
    Map<String, Object> config = Map.of("field", "body", "dense", "d", "sparse", "s");
    assertNull(run(processor(config), document));
    assertNull(document.getFieldValue("d", List.class));
    assertEquals(List.of(Map.of()), document.getFieldValue("s", List.class));
  }

  public void testFailsOnMissingTextWhenTold() throws Exception {
    Map<String, Object> config = Map.of("field", "body", "dense", "d", "ignore_missing", false);
    Exception e = run(processor(config), document(Map.of("title", "text")));
    assertEquals("[encode] must have a text in one of [body], found none", e.getMessage());
  }

  public void testFailsOnOtherThanText() throws Exception {
    Exception e =
        run(processor(Map.of("field", "body", "dense", "d")), document(Map.of("body", 3)));
    assertEquals(
        "field [body] must be a string or an array of strings, got [Integer]", e.getMessage());
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
  }

  public void testAnswersWithTheStatusOfTheFailure() throws Exception {
    Map<ModelException.Kind, RestStatus> expected =
        Map.of(
            ModelException.Kind.NOT_FOUND, RestStatus.BAD_REQUEST,
            ModelException.Kind.BAD_REQUEST, RestStatus.BAD_REQUEST,
            ModelException.Kind.INVALID_MODEL, RestStatus.BAD_REQUEST,
            ModelException.Kind.REJECTED, RestStatus.TOO_MANY_REQUESTS,
            ModelException.Kind.UNAVAILABLE, RestStatus.SERVICE_UNAVAILABLE,
            ModelException.Kind.TIMEOUT, RestStatus.GATEWAY_TIMEOUT,
            ModelException.Kind.FAILED, RestStatus.INTERNAL_SERVER_ERROR);
    for (ModelException.Kind kind : ModelException.Kind.values()) {
      model.failure = new ModelException(kind, "because");
      IngestDocument document = document(Map.of("body", "abc", "d", List.of(1f)));
      Exception e = run(processor(Map.of("field", "body", "dense", "d")), document);
      assertEquals(expected.get(kind), ExceptionsHelper.status(e));
      assertEquals("because", e.getMessage());
      assertEquals("because", document.getFieldValue("encode_error", String.class));
      assertNull(
          "vectors of another text must not stay, nor where the document is merged into",
          document.getFieldValue("d", List.class));
      assertTrue(document.getSourceAndMetadata().containsKey("d"));
    }
  }
}
