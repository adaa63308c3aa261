/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.node;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.benchmarks.command.Progress;
import io.trident.cluster.Api;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Sends documents to an index in bulk requests of limited bytes, two at a time; a document that is
 * not indexed ends the load. Fed by one thread.
 */
public final class BulkLoader implements AutoCloseable {

  private static final int CLIENTS = 2;
  private static final int BYTES = 1 << 20;
  private static final int DOCUMENTS = 500;
  private static final Duration DEADLINE =
      Duration.ofHours(2); // a flush may make graphs or clusters

  private final Api api;
  private final String index;
  private final Progress progress;
  private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
  private final Semaphore free = new Semaphore(CLIENTS);
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
  private StringBuilder body = new StringBuilder();
  private int documents;
  private long left;

  /** Loads an index that exists. */
  public BulkLoader(Api api, String index, Progress progress) {
    this(api, index, progress, Long.MAX_VALUE);
  }

  /**
   * Loads an index that exists.
   *
   * @param limit how many documents are taken; others are passed over
   */
  BulkLoader(Api api, String index, Progress progress, long limit) {
    this.left = limit;
    this.api = api;
    this.index = index;
    this.progress = progress;
  }

  /** Adds a document, a JSON object on one line. */
  public void add(String id, CharSequence source) throws IOException {
    if (left == 0) {
      return;
    }
    left--;
    body.append("{\"index\":{\"_id\":")
        .append(Api.JSON.writeValueAsString(id))
        .append("}}\n")
        .append(source)
        .append('\n');
    documents++;
    if (documents == DOCUMENTS || body.length() >= BYTES) {
      flush();
    }
  }

  private void flush() throws IOException {
    if (documents == 0) {
      return;
    }
    String request = body.toString();
    int count = documents;
    body = new StringBuilder();
    documents = 0;
    try {
      free.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    clients.execute(() -> send(request, count));
    throwFailure();
  }

  private void send(String request, int count) {
    try {
      String path = "/" + index + "/_bulk?filter_path=errors,items.*.error";
      JsonNode answer = api.call("POST", path, request, DEADLINE).ok();
      if (answer.path("errors").asBoolean()) {
        throw new IllegalStateException(
            answer.path("items").size() + " documents refused, first " + answer.at("/items/0"));
      }
      progress.add(count);
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    } finally {
      free.release();
    }
  }

  private void throwFailure() {
    RuntimeException first = failure.get();
    if (first != null) {
      throw new IllegalStateException("[" + index + "] is not loaded", first); // also by close()
    }
  }

  /** Sends what is left and waits until all is indexed. */
  @Override
  public void close() throws IOException {
    try {
      flush();
      clients.shutdown();
      if (clients.awaitTermination(DEADLINE.toSeconds(), TimeUnit.SECONDS) == false) {
        throw new IOException("bulk requests to [" + index + "] did not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      clients.shutdownNow();
    }
    throwFailure();
  }
}
