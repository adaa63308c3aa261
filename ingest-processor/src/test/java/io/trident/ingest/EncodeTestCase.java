/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.TokenVectors;
import java.time.Duration;
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
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;
import org.opensearch.ingest.Processor;
import org.opensearch.ingest.RandomDocumentPicks;
import org.opensearch.test.OpenSearchTestCase;

/** A processor with a small model, and documents that go through it alone and in batches. */
public abstract class EncodeTestCase extends OpenSearchTestCase {

  static final Duration MAX_WAIT = Duration.ofMinutes(1);

  ExecutorService pool;
  LetterModel model;

  /** Whether documents of the index have been marked as failed. */
  boolean marked;

  /** The fingerprints that mappings say, by the fields' paths. */
  final Map<String, String> fingerprints = new HashMap<>();

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

  EncodeProcessor processor(Map<String, Object> config) {
    return processor(config, new Admission(10_000, 1 << 20, MAX_WAIT));
  }

  EncodeProcessor processor(Map<String, Object> config, Admission admission) {
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
              public String fingerprint(String index, String path) {
                return fingerprints.get(path);
              }

              @Override
              public void checkModel(String index, String path, String id, String fingerprint) {
                if (fingerprint.equals(fingerprints.getOrDefault(path, fingerprint)) == false) {
                  throw new IllegalArgumentException(path + " takes none of " + id);
                }
              }

              @Override
              public String codes(String index, String path, TokenVectors vectors) {
                return index.startsWith("coded") ? "codes:" + index + "/" + path : null;
              }
            })
        .create(Map.of(), "tag", null, new HashMap<>(config));
  }

  static Map<String, Object> passages(int maxTokens, int overlap) {
    return new HashMap<>(Map.of("field", "passages", "max_tokens", maxTokens, "overlap", overlap));
  }

  static IngestDocument document(Map<String, Object> source) {
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
  static Exception run(Processor processor, IngestDocument document) throws InterruptedException {
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
  static List<IngestDocumentWrapper> runBatch(Processor processor, List<IngestDocument> documents)
      throws InterruptedException {
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

  static Map<String, Object> body(String text) {
    return new HashMap<>(Map.of("body", text));
  }
}
