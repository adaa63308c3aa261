/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import io.trident.models.api.ModelStats;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** Counts what one model does. Thread-safe. */
final class ModelCounters {
  final LongAdder rejected = new LongAdder();
  final LongAdder timedOut = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder cacheHits = new LongAdder();
  final LongAdder cacheMisses = new LongAdder();
  private final LongAdder requests = new LongAdder();
  private final LongAdder texts = new LongAdder();
  private final LongAdder runs = new LongAdder();
  private final LongAdder rows = new LongAdder();
  private final LongAccumulator largestRun = new LongAccumulator(Math::max, 0);
  private final LongAdder tokens = new LongAdder();
  private final LongAdder paddedTokens = new LongAdder();
  private final LongAdder runNanos = new LongAdder();
  private final LatencyHistogram latency = new LatencyHistogram();

  /** Counts one run of the graph. */
  void run(int rowCount, long tokenCount, long paddedCount, long nanos) {
    runs.increment();
    rows.add(rowCount);
    largestRun.accumulate(rowCount);
    tokens.add(tokenCount);
    paddedTokens.add(paddedCount);
    runNanos.add(nanos);
  }

  /** Counts one request that was answered. */
  void answered(int textCount, long nanos) {
    requests.increment();
    texts.add(textCount);
    latency.record(nanos);
  }

  ModelStats stats(String model, long queued, long memory) {
    return new ModelStats(
        model,
        requests.sum(),
        texts.sum(),
        runs.sum(),
        rows.sum(),
        largestRun.longValue(),
        tokens.sum(),
        paddedTokens.sum(),
        runNanos.sum() / 1_000_000,
        queued,
        rejected.sum(),
        timedOut.sum(),
        failed.sum(),
        cacheHits.sum(),
        cacheMisses.sum(),
        memory,
        latency.latency());
  }
}
