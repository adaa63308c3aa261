package io.trident.ingest;

import io.trident.models.api.ModelException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.After;
import org.junit.Before;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchParseException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.ingest.CompoundProcessor;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.opensearch.ingest.Processor;
import org.opensearch.ingest.RandomDocumentPicks;
import org.opensearch.test.OpenSearchTestCase;

/** What the processor does to documents, alone and in bulks. */
public class EncodeProcessorTests extends OpenSearchTestCase {

  private ExecutorService pool;
  private LetterModel model;

  @Before
  public void startModel() {
    pool = Executors.newFixedThreadPool(2, task -> new Thread(task, getTestName()));
    model = new LetterModel(randomBoolean() ? Runnable::run : pool);
  }

  @After
  public void stopModel() throws InterruptedException {
    pool.shutdown();
    assertTrue(pool.awaitTermination(10, TimeUnit.SECONDS));
  }

  private EncodeProcessor processor(Map<String, Object> config) {
    return new EncodeProcessor.Factory(() -> model, () -> LetterModel.ID)
        .create(Map.of(), "tag", null, new HashMap<>(config));
  }

  private static Map<String, Object> passages(int maxTokens, int overlap) {
    return new HashMap<>(Map.of("field", "passages", "max_tokens", maxTokens, "overlap", overlap));
  }

  private static IngestDocument document(Map<String, Object> source) {
    IngestDocument document = RandomDocumentPicks.randomIngestDocument(random(), new HashMap<>());
    source.forEach(document::setFieldValue);
    return document;
  }

  private static <T> T await(AtomicReference<T> result, CountDownLatch done)
      throws InterruptedException {
    assertTrue(done.await(10, TimeUnit.SECONDS));
    return result.get();
  }

  /** Runs one document; the exception it fails with, or null. */
  private static Exception run(Processor processor, IngestDocument document)
      throws InterruptedException {
    AtomicReference<Exception> failure = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(1);
    processor.execute(
        document,
        (result, e) -> {
          assertTrue((result == document) == (e == null));
          failure.set(e);
          done.countDown();
        });
    return await(failure, done);
  }

  /** Runs a batch; the results by slot. */
  private static List<IngestDocumentWrapper> runBatch(
      Processor processor, List<IngestDocument> documents) throws InterruptedException {
    List<IngestDocumentWrapper> batch = new ArrayList<>();
    for (IngestDocument document : documents) {
      batch.add(new IngestDocumentWrapper(batch.size(), 0, document, null));
    }
    IngestDocumentWrapper[] results = new IngestDocumentWrapper[documents.size()];
    CountDownLatch done = new CountDownLatch(documents.size());
    processor.batchExecute(
        batch,
        part -> {
          for (IngestDocumentWrapper result : part) {
            assertNull("one result a document", results[result.getSlot()]);
            results[result.getSlot()] = result;
            done.countDown();
          }
        });
    assertTrue(done.await(10, TimeUnit.SECONDS));
    return List.of(results);
  }

  public void testWritesAllRepresentationsInOneRun() throws Exception {
    IngestDocument document = document(Map.of("body", "abc"));
    Map<String, Object> config =
        Map.of("field", "body", "sparse", "s", "dense", "vectors.d", "tokens", "t");
    assertNull(run(processor(config), document));
    assertEquals(Map.of("abc", 3f), document.getFieldValue("s", Map.class));
    assertEquals(List.of(3f, 97f), document.getFieldValue("vectors.d", List.class));
    assertEquals(
        Map.of(
            "vectors",
            "float16:AEIQVg==", // 3 and 97
            "token_ids",
            List.of(7),
            "starts",
            List.of(0),
            "ends",
            List.of(3)),
        document.getFieldValue("t", Map.class));
    assertEquals(List.of(List.of("abc")), model.calls);
  }

  public void testNumbersTooLargeForTwoBytesHaveFour() throws Exception {
    IngestDocument document = document(Map.of("body", "\uFFFD"));
    assertNull(run(processor(Map.of("field", "body", "tokens", "t")), document));
    assertEquals("AACAPwD9f0c=", document.getFieldValue("t.vectors", String.class)); // 1 and 65,533
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

  public void testTargetOutsideOfTheNestedObjectFails() throws Exception {
    IngestDocument document =
        document(
            Map.of("sections", new ArrayList<>(List.of(new HashMap<>(Map.of("text", "first"))))));
    Exception e = run(processor(Map.of("field", "sections.text", "dense", "d")), document);
    assertEquals(
        "target [d] must start with [sections.], where the array of texts is", e.getMessage());
  }

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
    assertFalse("they may be of another text", bad.hasField("queries"));
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

  public void testLeavesDocumentsWithoutTextAlone() throws Exception {
    IngestDocument document = document(Map.of("title", "text", "body", " "));
    IngestDocument before = new IngestDocument(document);
    assertNull(run(processor(Map.of("field", "body", "dense", "d")), document));
    assertEquals(before.getSourceAndMetadata(), document.getSourceAndMetadata());
    assertEquals(List.of(), model.calls);
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
      assertFalse("vectors of another text must not stay", document.hasField("d"));
    }
  }

  public void testUnknownModelOfPassagesIsTheCallersFault() throws Exception {
    Map<String, Object> config =
        Map.of("model", "none", "field", "body", "dense", "d", "passages", passages(8, 0));
    Exception e = run(processor(config), document(Map.of("body", "abc")));
    assertEquals("no model [none]", e.getMessage());
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
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

  public void testBulkIsOneRunABatch() throws Exception {
    int count = randomIntBetween(1, 20);
    int batchSize = randomIntBetween(1, 20);
    List<IngestDocument> documents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      documents.add(document(Map.of("body", "text" + i)));
    }
    Map<String, Object> config = Map.of("field", "body", "sparse", "s", "batch_size", batchSize);
    List<IngestDocumentWrapper> results = runBatch(processor(config), documents);
    for (int i = 0; i < count; i++) {
      assertNull(results.get(i).getException());
      assertTrue(results.get(i).getIngestDocument().hasField("s.text" + i));
    }
    assertEquals((count + batchSize - 1) / batchSize, model.calls.size());
  }

  public void testOneBadDocumentFailsAlone() throws Exception {
    List<IngestDocument> documents = new ArrayList<>();
    int count = randomIntBetween(3, 10);
    int poisoned = randomIntBetween(0, count - 1);
    int mistyped = randomValueOtherThan(poisoned, () -> randomIntBetween(0, count - 1));
    for (int i = 0; i < count; i++) {
      Object body = i == mistyped ? i : i == poisoned ? LetterModel.POISON : "text" + i;
      documents.add(document(Map.of("body", body)));
    }
    List<IngestDocumentWrapper> results =
        runBatch(processor(Map.of("field", "body", "dense", "d")), documents);
    for (int i = 0; i < count; i++) {
      boolean bad = i == poisoned || i == mistyped;
      assertEquals(bad, results.get(i).getException() != null);
      assertEquals(bad == false, documents.get(i).hasField("d"));
    }
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
      assertEquals(i != poisoned, documents.get(i).hasField("passages"));
    }
  }

  public void testIgnoredFailureIndexesWithoutVectorsAndMarked() throws Exception {
    model.failure = new ModelException(ModelException.Kind.REJECTED, "busy");
    Processor encode = processor(Map.of("field", "body", "dense", "d"));
    Processor ignoring = new CompoundProcessor(true, List.of(encode), List.of());
    List<IngestDocument> documents =
        List.of(document(Map.of("body", "abc")), document(Map.of("body", "def")));
    for (IngestDocumentWrapper result : runBatch(ignoring, documents)) {
      assertNull(result.getException());
      assertEquals("busy", result.getIngestDocument().getFieldValue("encode_error", String.class));
    }
    assertNull(run(ignoring, documents.get(0)));
    model.failure = null;
    assertNull(run(ignoring, documents.get(0)));
    assertFalse("a later success takes the mark away", documents.get(0).hasField("encode_error"));
    assertTrue(documents.get(0).hasField("d"));
  }

  public void testFailureHandlersRun() throws Exception {
    model.failure = new ModelException(ModelException.Kind.FAILED, "broken");
    Processor encode = processor(Map.of("field", "body", "dense", "d", "error_field", "why"));
    Processor other = processor(Map.of("field", "absent", "dense", "d"));
    Processor handled = new CompoundProcessor(false, List.of(encode), List.of(other));
    IngestDocument document = document(Map.of("body", "abc"));
    assertNull(runBatch(handled, List.of(document)).get(0).getException());
    assertEquals("broken", document.getFieldValue("why", String.class));
  }

  public void testDocumentsThatFailedBeforeStayFailed() throws Exception {
    Exception before = new IllegalStateException("before");
    IngestDocumentWrapper failed =
        new IngestDocumentWrapper(0, 0, document(Map.of("body", "abc")), before);
    AtomicReference<List<IngestDocumentWrapper>> results = new AtomicReference<>();
    processor(Map.of("field", "body", "dense", "d")).batchExecute(List.of(failed), results::set);
    assertSame(before, results.get().get(0).getException());
    assertEquals(List.of(), model.calls);
  }
}
