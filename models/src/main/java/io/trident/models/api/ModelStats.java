package io.trident.models.api;

/**
 * Counters of one model since the node started.
 *
 * @param model the model's id
 * @param texts texts encoded or scored
 * @param tokens tokens that went through the graph, padding excluded
 * @param runs runs of the graph, one a batch
 * @param runMillis time inside those runs
 * @param queued requests waiting now
 * @param rejected requests refused because the queue was full
 * @param failed requests that failed otherwise
 * @param cacheHits query encodings answered from the cache
 * @param cacheMisses query encodings that had to be computed
 */
public record ModelStats(
    String model,
    long texts,
    long tokens,
    long runs,
    long runMillis,
    long queued,
    long rejected,
    long failed,
    long cacheHits,
    long cacheMisses) {}
