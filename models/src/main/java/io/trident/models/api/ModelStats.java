/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

/**
 * Counters of one model since the node started.
 *
 * @param model the model's id
 * @param requests requests that were answered, the cache's answers excluded
 * @param texts texts encoded or scored in them
 * @param runs runs of the graph, one per batch
 * @param rows texts and pairs in those runs; a text that several representations read differently
 *     counts once for each
 * @param largestRun rows in the largest run
 * @param tokens tokens in those runs, padding excluded
 * @param paddedTokens tokens in those runs, padding included
 * @param runMillis time inside those runs: that of ONNX Runtime, tensors handed over
 * @param queued requests waiting now
 * @param rejected requests refused because the queue was full
 * @param timedOut requests that outlasted their deadline
 * @param failed requests that failed otherwise
 * @param cacheHits query encodings and scores of pairs answered from a cache
 * @param cacheMisses query encodings that had to be computed
 * @param memory bytes of native memory that it takes now, but for that of its runs; 0 when it is
 *     not loaded
 * @param latency how long the answered requests took, waiting included
 */
public record ModelStats(
    String model,
    long requests,
    long texts,
    long runs,
    long rows,
    long largestRun,
    long tokens,
    long paddedTokens,
    long runMillis,
    long queued,
    long rejected,
    long timedOut,
    long failed,
    long cacheHits,
    long cacheMisses,
    long memory,
    Latency latency) {

  /**
   * Percentiles in microseconds, each at most an eighth too high.
   *
   * @param p50 the median
   * @param p90 nine in ten took at most this
   * @param p99 ninety-nine in a hundred took at most this
   * @param max the longest
   */
  public record Latency(long p50, long p90, long p99, long max) {}
}
