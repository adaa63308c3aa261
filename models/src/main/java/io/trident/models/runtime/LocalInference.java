package io.trident.models.runtime;

import io.trident.models.api.Encoding;
import io.trident.models.api.Inference;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.ModelStats;
import io.trident.models.api.Passage;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.encoder.OnnxCrossEncoder;
import io.trident.models.encoder.OnnxEncoder;
import io.trident.models.encoder.OnnxModel;
import io.trident.models.tokenizer.TokenizedText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Runs models on this node. Ingest and search have pools of their own, each with a bounded queue: a
 * request that finds it full is refused, one that outlasts its deadline fails. Thread-safe.
 */
public final class LocalInference implements Inference {

  private static final long CLOSE_SECONDS = 10;

  private static final int CROSS_ENCODER_BATCH = 32;

  private final RuntimeSettings settings;
  private final ModelStore store;
  private final QueryCache cache;
  private final Map<String, ModelCounters> counters = new ConcurrentSkipListMap<>();
  private final Map<Workload, ThreadPoolExecutor> pools;

  /**
   * Starts without loading anything.
   *
   * @param directory holds a folder a model, named after it; may be missing
   */
  public LocalInference(Path directory, RuntimeSettings settings) {
    this.settings = settings;
    this.store = new ModelStore(directory, settings.threadsPerRun());
    this.cache = new QueryCache(settings.cacheSize());
    this.pools =
        Map.of(
            Workload.INGEST, pool("ingest", settings.ingestThreads()),
            Workload.SEARCH, pool("search", settings.searchThreads()));
  }

  private ThreadPoolExecutor pool(String name, int threads) {
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(settings.queueSize()),
            task -> {
              Thread thread =
                  new Thread(task, "trident[" + name + "][" + number.incrementAndGet() + "]");
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  @Override
  public List<ModelDescription> models() {
    List<ModelDescription> descriptions = new ArrayList<>();
    for (String id : store.folders().keySet()) {
      try {
        descriptions.add(describe(id));
      } catch (ModelException e) {
        descriptions.add(ModelDescription.broken(id, e.getMessage()));
      }
    }
    return descriptions;
  }

  @Override
  public ModelDescription describe(String model) {
    return store.get(model).describe();
  }

  @Override
  public CompletionStage<List<Encoding>> encode(
      String model, List<String> texts, Side side, Set<Representation> wanted, Workload workload) {
    QueryCache.Key key =
        side == Side.QUERY && texts.size() == 1
            ? new QueryCache.Key(model, texts.get(0), Set.copyOf(wanted))
            : null;
    Encoding cached = key == null ? null : cache.get(key);
    if (cached != null) {
      counters(model).cacheHits.increment();
      return CompletableFuture.completedFuture(List.of(cached));
    }
    return submit(
        model,
        workload,
        () -> {
          List<Encoding> encodings = encodeNow(model, texts, side, wanted);
          if (key != null) {
            counters(model).cacheMisses.increment();
            cache.put(key, encodings.get(0));
          }
          return encodings;
        });
  }

  private List<Encoding> encodeNow(
      String model, List<String> texts, Side side, Set<Representation> wanted) {
    OnnxEncoder encoder = store.get(model).encoder();
    if (encoder == null) {
      throw badRequest("model [" + model + "] is a cross-encoder and encodes nothing");
    }
    if (wanted.isEmpty() || encoder.representations().containsAll(wanted) == false) {
      throw badRequest(
          "model ["
              + model
              + "] gives "
              + encoder.representations()
              + ", but "
              + wanted
              + " was asked for");
    }
    Encoding[] encodings = new Encoding[texts.size()];
    for (List<Integer> batch : batches(texts, encoder.maxBatch(wanted))) {
      long start = System.nanoTime();
      OnnxEncoder.Encodings run =
          encoder.encode(batch.stream().map(texts::get).toList(), side, wanted);
      counters(model).run(batch.size(), run.tokens(), System.nanoTime() - start);
      for (int i = 0; i < batch.size(); i++) {
        encodings[batch.get(i)] = run.values().get(i);
      }
    }
    return Arrays.asList(encodings);
  }

  /** The texts' numbers, shortest first, in batches, so that little is padded. */
  private static List<List<Integer>> batches(List<String> texts, int size) {
    List<Integer> order =
        IntStream.range(0, texts.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> texts.get(i).length()))
            .toList();
    List<List<Integer>> batches = new ArrayList<>();
    for (int i = 0; i < order.size(); i += size) {
      batches.add(order.subList(i, Math.min(order.size(), i + size)));
    }
    return batches;
  }

  @Override
  public CompletionStage<float[]> score(String model, String query, List<String> texts) {
    return submit(model, Workload.SEARCH, () -> scoreNow(model, query, texts));
  }

  private float[] scoreNow(String model, String query, List<String> texts) {
    OnnxCrossEncoder crossEncoder = store.get(model).crossEncoder();
    if (crossEncoder == null) {
      throw badRequest("model [" + model + "] is an encoder and scores no pairs");
    }
    float[] scores = new float[texts.size()];
    for (List<Integer> batch : batches(texts, CROSS_ENCODER_BATCH)) {
      long start = System.nanoTime();
      OnnxCrossEncoder.Scores run =
          crossEncoder.score(query, batch.stream().map(texts::get).toList());
      counters(model).run(batch.size(), run.tokens(), System.nanoTime() - start);
      for (int i = 0; i < batch.size(); i++) {
        scores[batch.get(i)] = run.values()[i];
      }
    }
    return scores;
  }

  private static ModelException badRequest(String message) {
    return new ModelException(ModelException.Kind.BAD_REQUEST, message);
  }

  /** Runs work on a pool; the result fails with a {@link ModelException} alone. */
  private <T> CompletionStage<T> submit(String model, Workload workload, Supplier<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    counters(model).queued.incrementAndGet();
    try {
      pools.get(workload).execute(() -> run(model, work, result));
    } catch (RejectedExecutionException e) {
      counters(model).queued.decrementAndGet();
      counters(model).rejected.increment();
      return CompletableFuture.failedFuture(
          new ModelException(
              ModelException.Kind.REJECTED,
              "model [" + model + "] is busy: [" + settings.queueSize() + "] requests wait already",
              e));
    }
    return result
        .orTimeout(settings.deadline().toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(failure -> rethrow(model, failure));
  }

  private <T> void run(String model, Supplier<T> work, CompletableFuture<T> result) {
    counters(model).queued.decrementAndGet();
    if (result.isDone()) {
      return; // its deadline passed while it waited
    }
    try {
      result.complete(work.get());
    } catch (RuntimeException | LinkageError e) {
      result.completeExceptionally(e);
    }
  }

  private <T> T rethrow(String model, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof ModelException e) {
      if (e.kind() == ModelException.Kind.FAILED) {
        counters(model).failed.increment();
      }
      throw e;
    }
    counters(model).failed.increment();
    if (cause instanceof TimeoutException) {
      throw new ModelException(
          ModelException.Kind.TIMEOUT,
          "model [" + model + "] did not answer within [" + settings.deadline() + "]",
          cause);
    }
    throw new ModelException(
        ModelException.Kind.FAILED, "model [" + model + "] failed: " + cause, cause);
  }

  private ModelCounters counters(String model) {
    return counters.computeIfAbsent(model, id -> new ModelCounters());
  }

  @Override
  public List<Passage> passages(String model, String text, int maxTokens, int overlap) {
    if (maxTokens < 8 || overlap < 0 || 2 * overlap >= maxTokens) {
      throw badRequest(
          "passages must have at least 8 tokens and an overlap of less than half of them, got ["
              + maxTokens
              + "] and ["
              + overlap
              + "]");
    }
    OnnxModel loaded = store.get(model);
    TokenizedText tokens = loaded.tokenizer().tokenize(text);
    List<Passage> passages = new ArrayList<>();
    for (int start = 0; start < tokens.length(); start += maxTokens - overlap) {
      int end = Math.min(start + maxTokens, tokens.length());
      passages.add(new Passage(tokens.starts()[start], tokens.ends()[end - 1]));
      if (end == tokens.length()) {
        break;
      }
    }
    return Collections.unmodifiableList(passages);
  }

  @Override
  public List<ModelStats> stats() {
    return counters.entrySet().stream()
        .map(entry -> entry.getValue().stats(entry.getKey()))
        .toList();
  }

  /** Stops the pools, waits for what runs, and frees the models. */
  @Override
  public void close() {
    pools.values().forEach(ThreadPoolExecutor::shutdownNow);
    boolean stopped = true;
    try {
      for (ThreadPoolExecutor pool : pools.values()) {
        stopped &= pool.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopped = false;
    }
    if (stopped) {
      store.close(); // never under a run: native memory is freed
    }
  }
}
