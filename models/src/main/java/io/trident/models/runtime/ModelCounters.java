package io.trident.models.runtime;

import io.trident.models.api.ModelStats;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counts what one model does. Thread-safe. */
final class ModelCounters {
  final LongAdder texts = new LongAdder();
  final LongAdder tokens = new LongAdder();
  final LongAdder runs = new LongAdder();
  final LongAdder runNanos = new LongAdder();
  final AtomicLong queued = new AtomicLong();
  final LongAdder rejected = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder cacheHits = new LongAdder();
  final LongAdder cacheMisses = new LongAdder();

  /** Counts one run of the graph. */
  void run(long textCount, long tokenCount, long nanos) {
    texts.add(textCount);
    tokens.add(tokenCount);
    runs.increment();
    runNanos.add(nanos);
  }

  ModelStats stats(String model) {
    return new ModelStats(
        model,
        texts.sum(),
        tokens.sum(),
        runs.sum(),
        runNanos.sum() / 1_000_000,
        queued.get(),
        rejected.sum(),
        failed.sum(),
        cacheHits.sum(),
        cacheMisses.sum());
  }
}
