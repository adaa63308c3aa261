/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.ModelException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.opensearch.ExceptionsHelper;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.ingest.CompoundProcessor;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.opensearch.ingest.Processor;

/** Bulks: batches, admission, and documents that fail alone. */
public class EncodeBulkTests extends EncodeTestCase {

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

  public void testDocumentsForAFieldOfAnotherModelFail() throws Exception {
    boolean cut = randomBoolean();
    Map<String, Object> config = new HashMap<>(Map.of("field", "body", "dense", "d"));
    if (cut) {
      config.put("passages", passages(8, 0));
    }
    fingerprints.put(cut ? "passages.d" : "d", "f".repeat(32));
    List<IngestDocument> documents = List.of(document(body("one")), document(body("two")));
    for (IngestDocumentWrapper result : runBatch(processor(config), documents)) {
      String path = cut ? "passages.d" : "d";
      assertEquals(path + " takes none of letters", result.getException().getMessage());
    }
    for (IngestDocument document : documents) {
      assertNull(document.getSourceAndMetadata().get(cut ? "passages" : "d"));
      assertNotNull(document.getSourceAndMetadata().get("encode_error"));
    }
    assertEquals("each is encoded once at most", 1, model.calls.size());
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
    assertBusy(() -> assertEquals(limit, admission.load().documents()));
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
