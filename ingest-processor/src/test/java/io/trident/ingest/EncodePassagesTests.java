/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchParseException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.opensearch.ingest.Processor;

/** Passages: how they are cut, which are kept, and the queries that are predicted for them. */
public class EncodePassagesTests extends EncodeTestCase {

  public void testCutsPassagesThatCoverTheText() throws Exception {
    String text = randomAlphaOfLengthBetween(1, 200);
    int maxTokens = randomIntBetween(8, 40);
    int overlap = randomIntBetween(0, (maxTokens - 1) / 2);
    IngestDocument document = document(Map.of("body", text));
    Map<String, Object> config =
        Map.of("field", "body", "dense", "d", "passages", passages(maxTokens, overlap));
    assertNull(run(processor(config), document));
    int covered = 0;
    for (Object object : document.getFieldValue("passages", List.class)) {
      Map<?, ?> passage = (Map<?, ?>) object;
      int start = (int) passage.get("start");
      int end = (int) passage.get("end");
      assertTrue("passages must leave no gap", start <= covered && end > covered);
      covered = end;
      assertEquals(text.substring(start, end), passage.get("text"));
      assertEquals(List.of((float) (end - start), (float) text.charAt(start)), passage.get("d"));
    }
    assertEquals(text.length(), covered);
    assertFalse(document.hasField("d"));
  }

  public void testMakesAPassageOfEachElement() throws Exception {
    IngestDocument document = document(Map.of("body", List.of("one", "two")));
    assertNull(
        run(
            processor(Map.of("field", "body", "dense", "d", "passages", passages(8, 0))),
            document));
    assertEquals("two", document.getFieldValue("passages.1.text", String.class));
  }

  private Processor pruning(Map<String, Object> quality) {
    Map<String, Object> passages = passages(8, 0);
    passages.put("quality", new HashMap<>(quality));
    return processor(Map.of("field", "body", "dense", "d", "passages", passages));
  }

  public void testDropsPassagesThatAreNotGoodEnough() throws Exception {
    Processor processor = pruning(Map.of("model", LetterModel.ID, "threshold", 3));
    IngestDocument document = document(Map.of("body", List.of("one", "no", "three", "x")));
    assertNull(run(processor, document));
    assertEquals(2, document.getFieldValue("passages", List.class).size());
    assertEquals("three", document.getFieldValue("passages.1.text", String.class));
    assertEquals(List.of(5f, (float) 't'), document.getFieldValue("passages.1.d", List.class));
    assertEquals(List.of(List.of("one", "three")), model.calls);
    document = document(Map.of("body", List.of("no", "x")));
    assertNull(run(processor, document));
    assertEquals(List.of(), document.getFieldValue("passages", List.class));
    Exception e =
        run(pruning(Map.of("model", "none", "threshold", 3)), document(Map.of("body", "abc")));
    assertEquals("no model [none]", e.getMessage());
  }

  public void testRefusesQualityThatSaysTooLittleOrTooMuch() {
    for (Map<String, Object> wrong :
        List.<Map<String, Object>>of(
            Map.of("model", "m"),
            Map.of("model", "m", "threshold", "3"),
            Map.of("model", "m", "threshold", 3, "x", 1),
            Map.of("threshold", 3))) {
      expectThrows(OpenSearchParseException.class, () -> pruning(wrong));
    }
  }

  private Processor expanding(Map<String, Object> targets, Map<String, Object> expansion) {
    Map<String, Object> config = new HashMap<>(targets);
    Map<String, Object> options = new HashMap<>(expansion);
    options.put("model", LetterModel.ID);
    options.put("queries", 2);
    config.put("field", "body");
    config.put("expansion", options);
    return processor(config);
  }

  public void testEncodesPredictedQueriesWithTheText() throws Exception {
    IngestDocument document = document(Map.of("body", "river"));
    assertNull(run(expanding(Map.of("sparse", "sparse"), Map.of()), document));
    assertEquals(List.of(List.of("river\nr\nri")), model.calls);
    assertFalse(document.hasField("queries"));
  }

  public void testWritesPredictedQueries() throws Exception {
    IngestDocument document = document(Map.of("body", "river"));
    assertNull(run(expanding(Map.of("dense", "dense"), Map.of("field", "queries")), document));
    assertEquals(List.of(List.of("river")), model.calls);
    assertEquals(List.of("r", "ri"), document.getFieldValue("queries", List.class));

    IngestDocument without = document(Map.of("body", "lake"));
    assertNull(run(expanding(Map.of(), Map.of("field", "queries")), without));
    assertEquals("nothing is encoded", 1, model.calls.size());
    assertEquals(List.of("l", "la"), without.getFieldValue("queries", List.class));
  }

  public void testPredictionsThatAreNotGoodEnoughAreDropped() throws Exception {
    Map<String, Object> filter = Map.of("model", LetterModel.ID, "threshold", 0.45);
    Map<String, Object> expansion = Map.of("field", "queries", "append", true);
    Map<String, Object> filtered = new HashMap<>(expansion);
    filtered.put("filter", new HashMap<>(filter));
    Processor processor = expanding(Map.of("dense", "dense"), filtered);
    List<IngestDocument> documents =
        List.of(
            document(Map.of("body", "rivers")),
            document(Map.of("body", "lake")),
            document(Map.of("body", "x")));
    List<List<String>> left = List.of(List.of(), List.of("la"), List.of("x", "x"));
    for (int i = 0; i < 3; i++) {
      assertNull(run(processor, documents.get(i)));
      assertEquals(left.get(i), documents.get(i).getFieldValue("queries", List.class));
    }
    assertEquals(List.of(List.of("rivers"), List.of("lake\nla"), List.of("x\nx\nx")), model.calls);
  }

  public void testTheBestShareOfPredictionsIsKept() throws Exception {
    Map<String, Object> expansion =
        new HashMap<>(
            Map.of(
                "field",
                "queries",
                "filter",
                new HashMap<>(Map.of("model", LetterModel.ID, "keep", 0.5))));
    Processor processor = expanding(Map.of(), expansion);
    int kept = 0;
    for (int i = 0; i < 200; i++) {
      IngestDocument document = document(Map.of("body", randomAlphaOfLengthBetween(2, 100)));
      assertNull(run(processor, document));
      kept += document.getFieldValue("queries", List.class).size();
    }
    assertEquals(200, kept, 50);
  }

  public void testRefusesFiltersThatSayTooLittleOrTooMuch() {
    for (Map<String, Object> wrong :
        List.<Map<String, Object>>of(
            Map.of(),
            Map.of("model", "m"),
            Map.of("threshold", 1),
            Map.of("model", "m", "threshold", 1, "keep", 0.5),
            Map.of("model", "m", "threshold", 1, "field", "f"))) {
      Map<String, Object> expansion = new HashMap<>(Map.of("filter", new HashMap<>(wrong)));
      expectThrows(
          OpenSearchParseException.class, () -> expanding(Map.of("dense", "d"), expansion));
    }
  }

  public void testPredictsQueriesForEachPassage() throws Exception {
    IngestDocument document = document(Map.of("body", "rivers and lakes"));
    Processor processor =
        expanding(
            Map.of("sparse", "sparse", "passages", passages(8, 0)),
            Map.of("field", "queries", "append", true));
    assertNull(run(processor, document));
    assertEquals(List.of(List.of("rivers a\nr\nri", "nd lakes\nn\nnd")), model.calls);
    assertEquals(List.of("n", "nd"), document.getFieldValue("passages.1.queries", List.class));
    assertEquals("nd lakes", document.getFieldValue("passages.1.text", String.class));
  }

  public void testADocumentWithoutPredictionFailsAlone() throws Exception {
    IngestDocument good = document(Map.of("body", "river"));
    IngestDocument bad = document(Map.of("body", LetterModel.POISON, "queries", List.of("old")));
    List<IngestDocumentWrapper> results =
        runBatch(expanding(Map.of(), Map.of("field", "queries")), List.of(bad, good));
    assertNotNull(results.get(0).getException());
    assertNull("they may be of another text", bad.getFieldValue("queries", List.class));
    assertNull(results.get(1).getException());
    assertTrue(good.hasField("queries"));
  }

  public void testRefusesExpansionsThatGoNowhere() {
    Map<String, Object> sparse = Map.of("sparse", "v");
    for (Map<String, Object> wrong :
        List.<Map<String, Object>>of(
            Map.of("append", false),
            Map.of("top_k", 0),
            Map.of("max_tokens", 1_000),
            Map.of("field", "body"),
            Map.of("x", 1))) {
      expectThrows(OpenSearchParseException.class, () -> expanding(sparse, wrong));
    }
    OpenSearchParseException e =
        expectThrows(
            OpenSearchParseException.class, () -> expanding(Map.of("tokens", "v"), Map.of()));
    assertTrue(e.getMessage(), e.getMessage().contains("[tokens]"));
  }

  public void testUnknownModelOfPassagesIsTheCallersFault() throws Exception {
    Map<String, Object> config =
        Map.of("model", "none", "field", "body", "dense", "d", "passages", passages(8, 0));
    Exception e = run(processor(config), document(Map.of("body", "abc")));
    assertEquals("no model [none]", e.getMessage());
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
  }

  public void testATextThatCannotBeCutFailsAlone() throws Exception {
    List<IngestDocument> documents = new ArrayList<>();
    int poisoned = randomIntBetween(0, 4);
    for (int i = 0; i < 5; i++) {
      documents.add(document(Map.of("body", i == poisoned ? LetterModel.POISON : "text" + i)));
    }
    Map<String, Object> config = Map.of("field", "body", "dense", "d", "passages", passages(8, 0));
    List<IngestDocumentWrapper> results = runBatch(processor(config), documents);
    for (int i = 0; i < 5; i++) {
      assertEquals(i == poisoned, results.get(i).getException() != null);
      Map<String, Object> source = documents.get(i).getSourceAndMetadata();
      assertEquals(i != poisoned, source.get("passages") != null);
    }
  }
}
