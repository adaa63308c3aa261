/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import io.trident.models.onnx.ExecutionProvider;
import io.trident.models.onnx.GraphOptions;
import java.time.Duration;

/**
 * The bounds of a node's inference.
 *
 * @param ingestThreads threads that encode documents, at least 1
 * @param searchThreads threads that encode queries and rerank, at least 1
 * @param threadsPerRun threads that one run of a graph uses, at least 1
 * @param queueSize requests that may wait to be run for searches, at least 1; further ones are
 *     refused
 * @param cacheSize query encodings that are kept, 0 for none
 * @param scoreCacheSize scores of pairs of a query and a text that are kept, 0 for none
 * @param deadline how long a request of a search may take, waiting included, and how long one of
 *     ingest may be without getting on
 * @param provider what graphs run on
 */
public record RuntimeSettings(
    int ingestThreads,
    int searchThreads,
    int threadsPerRun,
    int queueSize,
    int cacheSize,
    int scoreCacheSize,
    Duration deadline,
    ExecutionProvider provider) {

  /** The default of {@code queueSize}: 200 requests. */
  public static final int DEFAULT_QUEUE_SIZE = 200;

  /** The default of {@code cacheSize}: 1,000 query encodings. */
  public static final int DEFAULT_CACHE_SIZE = 1_000;

  /** The default of {@code scoreCacheSize}: 20,000 scores, which take some 3 MB. */
  public static final int DEFAULT_SCORE_CACHE_SIZE = 20_000;

  /** The default of {@code deadline}: 30 seconds. */
  public static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(30);

  public RuntimeSettings {
    atLeast("ingest threads", ingestThreads, 1);
    atLeast("search threads", searchThreads, 1);
    atLeast("threads per run", threadsPerRun, 1);
    atLeast("queue size", queueSize, 1);
    atLeast("cache size", cacheSize, 0);
    atLeast("score cache size", scoreCacheSize, 0);
    if (deadline.isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException("deadline must be positive, got [" + deadline + "]");
    }
  }

  private static void atLeast(String what, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(
          what + " must be at least " + least + ", got [" + value + "]");
    }
  }

  /**
   * The defaults: one thread per run, as many threads for documents as there are processors, as
   * OpenSearch has for writing, and as many for queries.
   */
  public static RuntimeSettings defaults(int processors) {
    return new RuntimeSettings(
        processors,
        processors,
        1,
        DEFAULT_QUEUE_SIZE,
        DEFAULT_CACHE_SIZE,
        DEFAULT_SCORE_CACHE_SIZE,
        DEFAULT_DEADLINE,
        ExecutionProvider.CPU);
  }

  /** How graphs are run. */
  GraphOptions graphs() {
    return new GraphOptions(threadsPerRun, provider);
  }
}
