/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import io.trident.models.api.Encoding;
import io.trident.models.api.Inference;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelStats;
import io.trident.models.api.Passage;
import io.trident.models.api.QueryPrediction;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.query.search.SearchTrace;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.threadpool.Scheduler;
import org.opensearch.threadpool.ThreadPool;

/**
 * The node's inference. What it hands back goes on in a thread of the server, with the caller's
 * context (who asks, and for which task), and not in one of the model's: those must not be held up
 * by a search or a bulk that goes on. Thread-safe.
 */
final class NodeInference implements Inference {

  private final Inference inference;
  private final Function<String, CompletionStage<Void>> find;
  private final ThreadPool threadPool;

  /**
   * Wraps an inference, and closes it.
   *
   * @param find looks for a model that the node may not know yet
   * @param threadPool the node's
   */
  NodeInference(
      Inference inference, Function<String, CompletionStage<Void>> find, ThreadPool threadPool) {
    this.inference = inference;
    this.find = find;
    this.threadPool = threadPool;
  }

  @Override
  public CompletionStage<List<Encoding>> encode(
      String model, List<String> texts, Side side, Set<Representation> wanted, Workload workload) {
    return resume(model, () -> inference.encode(model, texts, side, wanted, workload));
  }

  @Override
  public CompletionStage<float[]> score(String model, String query, List<String> texts) {
    return resume(model, () -> inference.score(model, query, texts));
  }

  @Override
  public CompletionStage<float[]> scorePairs(
      String model, List<String> queries, List<String> texts, Workload workload) {
    return resume(model, () -> inference.scorePairs(model, queries, texts, workload));
  }

  @Override
  public CompletionStage<float[]> judge(String model, List<String> texts, Workload workload) {
    return resume(model, () -> inference.judge(model, texts, workload));
  }

  @Override
  public CompletionStage<List<List<String>>> predictQueries(
      String model, List<String> texts, QueryPrediction prediction, Workload workload) {
    return resume(model, () -> inference.predictQueries(model, texts, prediction, workload));
  }

  /** How often a search that waits for a model is asked whether it still wants to. */
  private static final TimeValue LOOK = TimeValue.timeValueMillis(100);

  private <T> CompletionStage<T> resume(String model, Supplier<CompletionStage<T>> request) {
    CompletableFuture<Void> found = find.apply(model).toCompletableFuture();
    CompletableFuture<CompletableFuture<T>> asked =
        found.thenApply(nothing -> request.get().toCompletableFuture());
    CompletableFuture<T> work = new CompletableFuture<>();
    asked.whenComplete(
        (running, e) -> {
          if (e == null) {
            running.whenComplete((value, failure) -> settle(work, value, failure));
          } else {
            settle(work, null, e);
          }
        });
    if (work.isDone()) {
      return work; // the caller's own thread goes on
    }
    CompletableFuture<T> resumed = new CompletableFuture<>();
    Runnable goOn =
        threadPool
            .getThreadContext()
            .preserveContext(() -> work.whenComplete((value, e) -> settle(resumed, value, e)));
    work.whenComplete((value, e) -> threadPool.generic().execute(goOn));
    CancellableTask search = SearchTrace.task(threadPool.getThreadContext());
    if (search != null) {
      endWith(search, resumed);
    }
    resumed.whenComplete(
        (value, e) -> {
          if (e != null) { // nothing happens to work that came to an end by itself
            asked.thenAccept(running -> running.cancel(false));
          }
        });
    return resumed;
  }

  /** Fails what is waited for when the search is cancelled: its task tells nobody of itself. */
  private <T> void endWith(CancellableTask search, CompletableFuture<T> waiting) {
    Runnable look =
        () -> {
          if (search.isCancelled()) {
            waiting.completeExceptionally(
                new TaskCancelledException(
                    "cancelled while its model worked: " + search.getReasonCancelled()));
          }
        };
    Scheduler.Cancellable watch =
        threadPool.scheduleWithFixedDelay(look, LOOK, ThreadPool.Names.SAME);
    waiting.whenComplete((value, e) -> watch.cancel());
  }

  private static <T> void settle(CompletableFuture<T> future, T value, Throwable failure) {
    if (failure == null) {
      future.complete(value);
    } else {
      boolean wrapped = failure instanceof CompletionException && failure.getCause() != null;
      future.completeExceptionally(wrapped ? failure.getCause() : failure);
    }
  }

  @Override
  public int ingestThreads() {
    return inference.ingestThreads();
  }

  @Override
  public List<ModelDescription> models() {
    return inference.models();
  }

  @Override
  public ModelDescription describe(String model) {
    return inference.describe(model);
  }

  /** Describes a model that the node may not know yet, loading it when it is not. */
  CompletionStage<ModelDescription> find(String model) {
    return resume(
        model,
        () -> CompletableFuture.supplyAsync(() -> inference.describe(model), threadPool.generic()));
  }

  @Override
  public CompletionStage<List<List<Passage>>> passages(
      String model, List<String> texts, int maxTokens, int overlap, Workload workload) {
    return resume(model, () -> inference.passages(model, texts, maxTokens, overlap, workload));
  }

  @Override
  public List<ModelStats> stats() {
    return inference.stats();
  }

  @Override
  public void close() {
    inference.close();
  }
}
