/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import io.trident.models.api.ModelStats;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAccumulator;

/**
 * Counts durations in classes of which eight make a doubling, so that a percentile read from it is
 * at most an eighth too high. A recording is one atomic addition. Thread-safe.
 */
final class LatencyHistogram {

  private static final int STEPS = 8;

  /** 2^43 microseconds, longer than any node runs, is the end of the last class. */
  private static final int CLASSES = STEPS * 41;

  private final AtomicLongArray counts = new AtomicLongArray(CLASSES);
  private final LongAccumulator max = new LongAccumulator(Math::max, 0);

  void record(long nanos) {
    long micros = Math.max(0, nanos / 1_000);
    counts.incrementAndGet(classOf(micros));
    max.accumulate(micros);
  }

  private static int classOf(long micros) {
    if (micros < STEPS) {
      return (int) micros;
    }
    int shift = 63 - Long.numberOfLeadingZeros(micros) - 3; // leaves 8 to 15
    return Math.min(CLASSES - 1, STEPS * shift + (int) (micros >> shift));
  }

  /** The largest duration of a class, in microseconds. */
  private static long end(int number) {
    if (number < 2 * STEPS) {
      return number;
    }
    int shift = number / STEPS - 1;
    return ((number % STEPS + STEPS + 1L) << shift) - 1;
  }

  ModelStats.Latency latency() {
    return new ModelStats.Latency(
        percentile(0.5), percentile(0.9), percentile(0.99), max.longValue());
  }

  private long percentile(double share) {
    long total = 0;
    for (int i = 0; i < CLASSES; i++) {
      total += counts.get(i);
    }
    long wanted = (long) Math.ceil(share * total);
    long seen = 0;
    for (int i = 0; i < CLASSES && wanted > 0; i++) {
      seen += counts.get(i);
      if (seen >= wanted) {
        return Math.min(end(i), max.longValue());
      }
    }
    return 0;
  }
}
