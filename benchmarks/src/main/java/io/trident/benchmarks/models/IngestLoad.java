/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.models;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends documents to a node in bulk requests for some time, as fast as it answers or at a rate of
 * its own, and counts what became of each. A document that is refused is not sent again.
 */
final class IngestLoad {

  private static final Duration DEADLINE = Duration.ofMinutes(2);
  private static final int TOO_MANY = 429;

  private final Api api;
  private final String index;
  private final Texts texts;
  private final int tokens;
  private final int bulk;
  private final AtomicLong numbers;
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong rejected = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  /**
   * Prepares a load.
   *
   * @param index where the documents go, their text in the field {@code body}
   * @param tokens of each text
   * @param bulk documents per request
   * @param numbers numbers the documents, and goes on from load to load
   */
  IngestLoad(Api api, String index, Texts texts, int tokens, int bulk, AtomicLong numbers) {
    this.api = api;
    this.index = index;
    this.texts = texts;
    this.tokens = tokens;
    this.bulk = bulk;
    this.numbers = numbers;
  }

  /**
   * What became of the documents.
   *
   * @param rejected answered 429
   * @param failed answered otherwise, or not at all
   */
  record Outcome(long acknowledged, long rejected, long failed, double seconds) {

    double rate() {
      return acknowledged / seconds;
    }
  }

  /**
   * Sends as fast as the node answers.
   *
   * @param clients that send, each one request at a time
   */
  Outcome saturate(int clients, Duration time) throws InterruptedException {
    long start = System.nanoTime();
    long end = start + time.toNanos();
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    for (int c = 0; c < clients; c++) {
      threads.execute(
          () -> {
            while (System.nanoTime() < end) {
              send();
            }
          });
    }
    return finish(threads, start, time);
  }

  /**
   * Sends at a rate, whether the node has answered or not.
   *
   * @param rate documents per second
   */
  Outcome offer(double rate, Duration time) throws InterruptedException {
    long start = System.nanoTime();
    long requests = (long) (rate / bulk * time.toNanos() / 1e9);
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    for (long request = 0; request < requests; request++) {
      awaitTurn(start + (long) (request * bulk / rate * 1e9));
      threads.execute(this::send);
    }
    return finish(threads, start, time);
  }

  private static void awaitTurn(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** Waits until every request has been answered. */
  private Outcome finish(ExecutorService threads, long start, Duration time)
      throws InterruptedException {
    threads.shutdown();
    if (threads.awaitTermination(time.plus(DEADLINE).toSeconds(), TimeUnit.SECONDS) == false) {
      throw new IllegalStateException("bulk requests did not end");
    }
    return new Outcome(
        acknowledged.get(), rejected.get(), failed.get(), (System.nanoTime() - start) / 1e9);
  }

  private void send() {
    StringBuilder body = new StringBuilder();
    for (int d = 0; d < bulk; d++) {
      long number = numbers.getAndIncrement();
      body.append("{\"index\": {\"_id\": \"").append(number).append("\"}}\n");
      body.append("{\"body\": \"").append(texts.text(number, tokens)).append("\"}\n");
    }
    try {
      String path = "/" + index + "/_bulk?filter_path=items.*.status";
      Api.Answer answer = api.call("POST", path, body.toString(), DEADLINE);
      if (answer.status() == TOO_MANY) {
        rejected.addAndGet(bulk);
      } else {
        answer.ok().path("items").forEach(item -> count(item.path("index")));
      }
    } catch (RuntimeException e) {
      failed.addAndGet(bulk);
    }
  }

  private void count(JsonNode item) {
    int status = item.path("status").asInt();
    (status < 300 ? acknowledged : status == TOO_MANY ? rejected : failed).incrementAndGet();
  }
}
