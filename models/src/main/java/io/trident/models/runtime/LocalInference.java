/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import io.trident.models.api.Encoding;
import io.trident.models.api.Inference;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.ModelStats;
import io.trident.models.api.Passage;
import io.trident.models.api.QueryPrediction;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.encoder.ModelReport;
import io.trident.models.encoder.OnnxCrossEncoder;
import io.trident.models.encoder.OnnxEncoder;
import io.trident.models.encoder.RunListener;
import io.trident.models.folder.EmbeddedModels;
import io.trident.models.folder.ModelDirectory;
import io.trident.models.folder.ModelSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongConsumer;

/**
 * Runs models on this node. Ingest and search have pools of their own. A request of a search that
 * finds their queue full is refused, and one that outlasts its deadline fails; a request of ingest
 * waits as long as the work before it gets on, and fails when a run of it outlasts the deadline. A
 * caller that cancels the future behind a stage stops the request. A short query whose encoding
 * needs no run of a graph is read by its caller, which takes less time than handing it over.
 * Thread-safe.
 */
public final class LocalInference implements Inference {

  private static final long CLOSE_SECONDS = 10;

  /** The longest query that its caller reads, in UTF-16 units: some tenths of a millisecond. */
  private static final int SHORT_QUERY = 512;

  private final RuntimeSettings settings;
  private final ModelStore store;
  private final QueryCache cache;
  private final ScoreCache scoreCache;

  /** Of models that are, or once were, there: an unknown id gets none. */
  private final Map<String, ModelCounters> counters = new ConcurrentSkipListMap<>();

  private final Map<Workload, RequestPool> pools;

  private volatile Duration deadline;

  /**
   * Starts without loading anything, with the models of a directory and the embedded ones.
   *
   * @param directory holds a folder a model, named after it; may be missing
   */
  public LocalInference(Path directory, RuntimeSettings settings) {
    this(
        List.of(new ModelDirectory(directory), new EmbeddedModels()),
        settings,
        MemoryBudget.UNLIMITED);
  }

  /**
   * Starts without loading anything.
   *
   * @param sources the first that has a model gives it
   * @param memory counts what loaded models take
   */
  public LocalInference(List<ModelSource> sources, RuntimeSettings settings, MemoryBudget memory) {
    this.settings = settings;
    this.store = new ModelStore(sources, settings.graphs(), memory);
    this.cache = new QueryCache(settings.cacheSize());
    this.scoreCache = new ScoreCache(settings.scoreCacheSize());
    this.pools =
        Map.of(
            Workload.INGEST,
            RequestPool.patient("ingest", settings.ingestThreads()),
            Workload.SEARCH,
            RequestPool.bounded("search", settings.searchThreads(), settings.queueSize()));
    this.deadline = settings.deadline();
  }

  /** Changes the deadline of requests from now on. */
  public void setDeadline(Duration deadline) {
    this.deadline = deadline;
  }

  @Override
  public int ingestThreads() {
    return settings.ingestThreads();
  }

  @Override
  public List<ModelDescription> models() {
    return store.ids().stream().map(this::glance).toList();
  }

  /**
   * Describes a model, also one that cannot be used, without loading it where its source knows
   * enough of it.
   *
   * @throws ModelException NOT_FOUND
   */
  public ModelDescription glance(String model) {
    try {
      return store.glance(model);
    } catch (ModelException e) {
      if (e.kind() == ModelException.Kind.NOT_FOUND) {
        throw e;
      }
      return ModelDescription.broken(model, e.getMessage(), store.isLoaded(model));
    }
  }

  @Override
  public ModelDescription describe(String model) {
    return store.describe(model);
  }

  /**
   * Reads and loads a model's files anew, and says what they hold.
   *
   * @throws ModelException NOT_FOUND
   */
  public ModelReport report(String model) {
    return store.report(model);
  }

  /** Whether a model is there, loaded or not, broken or not. */
  public boolean has(String model) {
    return store.has(model);
  }

  /** Requests that do the same work with their texts. */
  private record EncodeGroup(String model, Side side, Set<Representation> wanted) {}

  @Override
  public CompletionStage<List<Encoding>> encode(
      String model, List<String> texts, Side side, Set<Representation> wanted, Workload workload) {
    EncodeGroup group = new EncodeGroup(model, side, Set.copyOf(wanted));
    ModelCounters known = counters(model);
    if (side == Side.QUERY && texts.size() == 1 && known != null) {
      Encoding cached = cache.get(key(group, store.version(model), texts.get(0)));
      if (cached != null) {
        known.cacheHits.increment();
        return CompletableFuture.completedFuture(List.of(cached));
      }
      known.cacheMisses.increment();
      List<Encoding> read = readShortQuery(group, texts, known);
      if (read != null) {
        return CompletableFuture.completedFuture(read);
      }
    }
    return submit(
        model,
        workload,
        group,
        texts,
        (inputs, listener) -> store.use(model, loaded -> encode(loaded, group, inputs, listener)),
        nanos -> known.answered(texts.size(), nanos));
  }

  /** The encoding of a query that needs no pool; null of all others, also of those that fail. */
  private List<Encoding> readShortQuery(
      EncodeGroup group, List<String> texts, ModelCounters known) {
    if (texts.get(0).length() > SHORT_QUERY) {
      return null;
    }
    long start = System.nanoTime();
    try {
      List<Encoding> read =
          store.useIfLoaded(
              group.model,
              loaded ->
                  loaded.model().needsNoRun(group.side, group.wanted)
                      ? encode(loaded, group, texts, RunListener.NONE)
                      : null);
      if (read != null) {
        known.answered(texts.size(), System.nanoTime() - start);
      }
      return read;
    } catch (ModelException e) {
      return null; // the pool's request tells what is wrong, as it does for all others
    }
  }

  private static QueryCache.Key key(EncodeGroup group, long version, String text) {
    return new QueryCache.Key(group.model, version, text, group.wanted);
  }

  private List<Encoding> encode(
      LoadedModel loaded, EncodeGroup group, List<String> texts, RunListener listener) {
    OnnxEncoder encoder = loaded.model().encoder();
    if (group.wanted.isEmpty() || encoder.representations().containsAll(group.wanted) == false) {
      throw badRequest(
          "model ["
              + group.model
              + "] gives "
              + encoder.representations()
              + ", but "
              + group.wanted
              + " was asked for");
    }
    List<Encoding> encodings = encoder.encode(texts, group.side, group.wanted, listener);
    if (group.side == Side.QUERY) {
      for (int i = 0; i < encodings.size(); i++) {
        if (listener.wants(i)) { // else it may be incomplete
          cache.put(key(group, loaded.version(), texts.get(i)), encodings.get(i));
        }
      }
    }
    return encodings;
  }

  @Override
  public CompletionStage<float[]> score(String model, String query, List<String> texts) {
    return scorePairs(model, Collections.nCopies(texts.size(), query), texts, Workload.SEARCH);
  }

  @Override
  public CompletionStage<float[]> scorePairs(
      String model, List<String> queries, List<String> texts, Workload workload) {
    List<OnnxCrossEncoder.Pair> pairs = new ArrayList<>(texts.size());
    for (int i = 0; i < texts.size(); i++) {
      pairs.add(new OnnxCrossEncoder.Pair(queries.get(i), texts.get(i)));
    }
    return score(model, pairs, workload);
  }

  @Override
  public CompletionStage<float[]> judge(String model, List<String> texts, Workload workload) {
    return scorePairs(model, Collections.nCopies(texts.size(), null), texts, workload);
  }

  private CompletionStage<float[]> score(
      String model, List<OnnxCrossEncoder.Pair> pairs, Workload workload) {
    ModelCounters known = counters(model);
    long start = System.nanoTime();
    float[] scores = new float[pairs.size()];
    List<Integer> missing = scoreCache.take(model, store.version(model), pairs, scores);
    if (known != null) {
      known.cacheHits.add(pairs.size() - missing.size());
    }
    if (missing.isEmpty() && pairs.isEmpty() == false) {
      return CompletableFuture.completedFuture(scores);
    }
    int hands = Math.clamp(missing.size(), 1, pools.get(workload).idleThreads());
    CompletableFuture<List<Float>> answer =
        DealtInputs.submit(
            missing.stream().map(pairs::get).toList(),
            hands,
            (hand, dealt) ->
                submit(
                    model,
                    workload,
                    List.of("score", model, hand), // hands of one request do not share runs
                    dealt,
                    (some, listener) -> store.use(model, loaded -> score(loaded, some, listener)),
                    nanos -> {}));
    CompletableFuture<float[]> all =
        answer.thenApply(
            values -> {
              known.answered(missing.size(), System.nanoTime() - start);
              for (int i = 0; i < values.size(); i++) {
                scores[missing.get(i)] = values.get(i);
              }
              return scores;
            });
    all.whenComplete(
        (values, failure) -> {
          if (all.isCancelled()) {
            answer.cancel(false);
          }
        });
    return all;
  }

  private List<Float> score(
      LoadedModel loaded, List<OnnxCrossEncoder.Pair> pairs, RunListener listener) {
    OnnxCrossEncoder crossEncoder = loaded.model().crossEncoder();
    boolean alone = pairs.stream().anyMatch(pair -> pair.query() == null);
    if (alone && crossEncoder.judgesTextsAlone() == false) {
      throw badRequest(
          "model ["
              + loaded.model().id()
              + "] scores pairs: a [template] without [{query}] makes it judge texts alone");
    }
    List<Float> scores = crossEncoder.score(pairs, listener);
    for (int i = 0; i < pairs.size(); i++) {
      if (listener.wants(i)) { // else it may be any
        scoreCache.put(loaded.model().id(), loaded.version(), pairs.get(i), scores.get(i));
      }
    }
    return scores;
  }

  /** Requests that predict alike. */
  private record PredictionGroup(String model, QueryPrediction prediction) {}

  @Override
  public CompletionStage<List<List<String>>> predictQueries(
      String model, List<String> texts, QueryPrediction prediction, Workload workload) {
    ModelCounters known = counters(model);
    return submit(
        model,
        workload,
        new PredictionGroup(model, prediction),
        texts,
        (inputs, listener) ->
            store.use(model, loaded -> predict(loaded, inputs, prediction, listener)),
        nanos -> known.answered(texts.size(), nanos));
  }

  private static List<List<String>> predict(
      LoadedModel loaded, List<String> texts, QueryPrediction prediction, RunListener listener) {
    return loaded.model().queryGenerator().predict(texts, prediction, listener);
  }

  @Override
  public CompletionStage<List<List<Passage>>> passages(
      String model, List<String> texts, int maxTokens, int overlap, Workload workload) {
    if (maxTokens < 8 || overlap < 0 || 2 * overlap >= maxTokens) {
      throw badRequest(
          "passages must have at least 8 tokens and an overlap of less than half of them, got ["
              + maxTokens
              + "] and ["
              + overlap
              + "]");
    }
    PassageCutter cutter = new PassageCutter(maxTokens, overlap);
    return submit(
        model,
        workload,
        null,
        texts,
        (inputs, listener) ->
            store.use(model, loaded -> cutter.cut(loaded.model(), inputs, listener)),
        nanos -> {});
  }

  private static ModelException badRequest(String message) {
    return new ModelException(ModelException.Kind.BAD_REQUEST, message);
  }

  private <I, O> CompletableFuture<List<O>> submit(
      String model,
      Workload workload,
      Object group,
      List<I> inputs,
      Request.Work<I, O> work,
      LongConsumer answered) {
    ModelCounters known = counters(model);
    if (known == null) {
      return CompletableFuture.failedFuture(store.notFound(model));
    }
    return new Request<>(model, group, inputs, work, known, deadline, answered)
        .enter(pools.get(workload));
  }

  /** The counters of a model; null when there is no such model. */
  private ModelCounters counters(String model) {
    ModelCounters known = counters.get(model);
    return known == null && store.has(model)
        ? counters.computeIfAbsent(model, id -> new ModelCounters())
        : known;
  }

  @Override
  public List<ModelStats> stats() {
    return counters.entrySet().stream()
        .map(
            entry ->
                entry
                    .getValue()
                    .stats(entry.getKey(), waiting(entry.getKey()), store.bytes(entry.getKey())))
        .toList();
  }

  private long waiting(String model) {
    return pools.values().stream().mapToLong(pool -> pool.waiting(model)).sum();
  }

  /**
   * Fails the requests that wait, gives the runs under way some time to end, and frees the models,
   * each when nobody runs it any more.
   */
  @Override
  public void close() {
    pools.values().forEach(RequestPool::close);
    try {
      for (RequestPool pool : pools.values()) {
        pool.awaitEnd(CLOSE_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    store.close();
  }
}
