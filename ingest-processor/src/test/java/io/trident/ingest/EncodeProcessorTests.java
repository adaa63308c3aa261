package io.trident.ingest;

import io.trident.models.api.ModelException;
import io.trident.models.api.TokenVectors;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
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
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.ingest.CompoundProcessor;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.opensearch.ingest.Processor;
import org.opensearch.ingest.RandomDocumentPicks;
import org.opensearch.test.OpenSearchTestCase;

/** What the processor does to documents, alone and in bulks. */
public class EncodeProcessorTests extends OpenSearchTestCase {

  private static final Duration MAX_WAIT = Duration.ofMinutes(1);

  private ExecutorService pool;
  private LetterModel model;

  /** Whether documents of the index have been marked as failed. */
  private boolean marked;

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
    return processor(config, new Admission(10_000, 1 << 20, MAX_WAIT));
  }

  private EncodeProcessor processor(Map<String, Object> config, Admission admission) {
    return new EncodeProcessor.Factory(
            () -> model,
            () -> LetterModel.ID,
            admission,
            new TargetFields() {
              @Override
              public boolean isMapped(String index, String path) {
                return marked && path.equals("encode_error");
              }

              @Override
              public String codes(String index, String path, TokenVectors vectors) {
                return index.startsWith("coded") ? "codes:" + index + "/" + path : null;
              }
            })
        .create(Map.of(), "tag", null, new HashMap<>(config));
  }

  private static Map<String, Object> passages(int maxTokens, int overlap) {
    return new HashMap<>(Map.of("field", "passages", "max_tokens", maxTokens, "overlap", overlap));
  }

  private static IngestDocument document(Map<String, Object> source) {
    IngestDocument document = RandomDocumentPicks.randomIngestDocument(random(), new HashMap<>());
    document.setFieldValue("_index", "index");
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
            assertNull("one result per document", results[result.getSlot()]);
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

  public void testLeavesDocumentsWithoutTextAlone() throws Exception {
    IngestDocument document = document(Map.of("title", "text"));
    IngestDocument before = new IngestDocument(document);
    assertNull(run(processor(Map.of("field", "body", "dense", "d")), document));
    assertEquals(before.getSourceAndMetadata(), document.getSourceAndMetadata());
    assertEquals(List.of(), model.calls);
  }

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
      assertTrue(results.get(i).getIngestDocument().hasField("s.0.text" + i));
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
      assertEquals(bad == false, documents.get(i).getSourceAndMetadata().get("d") != null);
    }
  }

  public void testATextOnWhichTheModelHangsFailsAlone() throws Exception {
    List<IngestDocument> documents = new ArrayList<>();
    int hanging = randomIntBetween(0, 9);
    for (int i = 0; i < 10; i++) {
      documents.add(document(Map.of("body", i == hanging ? LetterModel.HANGING : "text" + i)));
    }
    List<IngestDocumentWrapper> results =
        runBatch(processor(Map.of("field", "body", "dense", "d")), documents);
    for (int i = 0; i < 10; i++) {
      assertEquals(i == hanging, results.get(i).getException() != null);
    }
    assertEquals(
        RestStatus.GATEWAY_TIMEOUT, ExceptionsHelper.status(results.get(hanging).getException()));
  }

  public void testAModelThatHangsOnEverythingIsNotAskedForEachDocument() throws Exception {
    List<IngestDocument> documents = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      documents.add(document(Map.of("body", LetterModel.HANGING)));
    }
    for (IngestDocumentWrapper result :
        runBatch(processor(Map.of("field", "body", "dense", "d")), documents)) {
      assertNotNull(result.getException());
    }
    assertEquals("together, and twice alone", 3, model.calls.size());
  }

  public void testALargeBatchIsAnsweredWhenTheModelRefusesAtOnce() throws Exception {
    Map<String, Object> config =
        Map.of(
            "field",
            "body",
            "batch_size",
            20_000,
            "expansion",
            new HashMap<>(Map.of("model", "none-such", "field", "queries")));
    List<IngestDocument> documents = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      documents.add(new IngestDocument("i", "" + i, null, null, null, body("text")));
    }
    Processor processor = processor(config, new Admission(10_000, Long.MAX_VALUE, MAX_WAIT));
    for (IngestDocumentWrapper result : runBatch(processor, documents)) {
      assertNotNull(result.getException());
    }
  }

  private static Map<String, Object> body(String text) {
    return new HashMap<>(Map.of("body", text));
  }

  public void testEveryDocumentIsAnsweredWhateverIsThrown() throws Exception {
    model.error = randomFrom(new OutOfMemoryError("heap"), new StackOverflowError("stack"));
    List<IngestDocument> documents = new ArrayList<>();
    for (int i = randomIntBetween(1, 10); i > 0; i--) {
      documents.add(document(body("text" + i)));
    }
    Map<String, Object> config =
        Map.of("field", "body", "dense", "d", "batch_size", randomIntBetween(1, 4));
    for (IngestDocumentWrapper result : runBatch(processor(config), documents)) {
      assertTrue(result.getException().getMessage().contains(model.error.getMessage()));
    }
    assertNotNull(run(processor(config), documents.get(0)));
  }

  public void testABulkIsEncodedAFewBatchesAtATime() throws Exception {
    model = new LetterModel(pool);
    List<IngestDocument> documents = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      documents.add(document(body("text" + i)));
    }
    Map<String, Object> config = Map.of("field", "body", "dense", "d", "batch_size", 2);
    for (IngestDocumentWrapper result : runBatch(processor(config), documents)) {
      assertNull(result.getException());
    }
    assertEquals(100, model.calls.size());
    assertTrue(model.mostUnderWay.toString(), model.mostUnderWay.get() <= 2);
  }

  /** Documents are answered just before they leave. */
  private static void awaitAllFreed(Admission admission, long bytes) throws Exception {
    assertBusy(
        () -> {
          assertTrue(admission.isOpenTo(1, Instant.now()));
          try (Admission.Ticket all = admission.admit(0, Instant.now())) {
            all.reserve(bytes);
          } catch (ModelException e) {
            throw new AssertionError(e);
          }
        });
  }

  public void testABulkIsLetInOrRefusedAsAWhole() throws Exception {
    int limit = randomIntBetween(1, 50);
    Admission admission = new Admission(limit, Long.MAX_VALUE, MAX_WAIT);
    Processor processor = processor(Map.of("field", "body", "dense", "d"), admission);
    List<IngestDocument> large = new ArrayList<>();
    for (int i = 0; i < 2 * limit; i++) {
      large.add(document(body("text" + i)));
    }
    for (IngestDocumentWrapper result : runBatch(processor, large)) {
      assertNull("as large as it is", result.getException());
    }
    awaitAllFreed(admission, 0);
    Admission.Ticket others = admission.admit(limit, Instant.now());
    for (IngestDocument late : large) { // they came before the node was full
      assertNull(run(processor, late));
    }
    assertNull(run(processor, document(body(" "))));
    Instant after;
    do { // the clock may be coarse
      after = Instant.now();
    } while (admission.isOpenTo(1, after));
    int calls = model.calls.size();
    List<IngestDocument> refused = List.of(document(body("a")), document(body("b")));
    for (IngestDocumentWrapper result : runBatch(processor, refused)) {
      assertEquals(RestStatus.TOO_MANY_REQUESTS, ExceptionsHelper.status(result.getException()));
      assertEquals(
          "[encode] is busy: [" + limit + "] documents wait already, the limit is [" + limit + "]",
          result.getException().getMessage());
    }
    assertEquals("before anything is encoded", calls, model.calls.size());
    others.close();
    assertNull(runBatch(processor, refused).get(0).getException());
  }

  public void testVectorsThatHaveNoRoomFailTheirDocumentsAndFreeIt() throws Exception {
    Admission admission = new Admission(100, 100, MAX_WAIT);
    Processor processor =
        processor(Map.of("field", "body", "dense", "d", "batch_size", 1), admission);
    List<IngestDocument> documents = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      documents.add(document(body("text" + i)));
    }
    for (int again = 0; again < 2; again++) {
      int failed = 0;
      for (IngestDocumentWrapper result : runBatch(processor, documents)) {
        if (result.getException() != null) {
          failed++;
          assertEquals(
              RestStatus.TOO_MANY_REQUESTS, ExceptionsHelper.status(result.getException()));
        }
      }
      assertEquals("two numbers of 20 bytes each fit twice", 8, failed);
      awaitAllFreed(admission, 100);
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
      Map<String, Object> source = documents.get(i).getSourceAndMetadata();
      assertEquals(i != poisoned, source.get("passages") != null);
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
