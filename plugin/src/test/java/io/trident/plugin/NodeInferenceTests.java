/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import io.trident.models.api.Encoding;
import io.trident.models.api.Inference;
import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.ModelStats;
import io.trident.models.api.Passage;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.query.search.SearchTrace;
import io.trident.query.search.SearchTraceFilter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.After;
import org.junit.Before;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchTask;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.threadpool.TestThreadPool;
import org.opensearch.threadpool.ThreadPool;

/** Who goes on, and as whom, when a model has answered. */
public class NodeInferenceTests extends OpenSearchTestCase {

  private static final String HEADER = "who";

  private ThreadPool threadPool;

  @Before
  public void startThreads() {
    threadPool = new TestThreadPool(getTestName());
  }

  @After
  public void stopThreads() {
    assertTrue(ThreadPool.terminate(threadPool, 10, TimeUnit.SECONDS));
  }

  private static CompletionStage<Void> isHere(String model) {
    return CompletableFuture.completedFuture(null);
  }

  /** Answers when the test says so. */
  private record Waiting(
      CompletableFuture<List<Encoding>> encodings, CompletableFuture<float[]> scores)
      implements Inference {

    @Override
    public CompletionStage<List<Encoding>> encode(
        String model,
        List<String> texts,
        Side side,
        Set<Representation> wanted,
        Workload workload) {
      return encodings;
    }

    @Override
    public CompletionStage<float[]> score(String model, String query, List<String> texts) {
      return scores;
    }

    @Override
    public List<ModelDescription> models() {
      return List.of();
    }

    @Override
    public ModelDescription describe(String model) {
      throw new ModelException(ModelException.Kind.NOT_FOUND, model);
    }

    @Override
    public CompletionStage<List<List<Passage>>> passages(
        String model, List<String> texts, int maxTokens, int overlap, Workload workload) {
      return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public List<ModelStats> stats() {
      return List.of();
    }

    @Override
    public void close() {}
  }

  /** What the continuation saw. */
  private record Seen(float[] value, Throwable failure, String header, String thread) {}

  private AtomicReference<Seen> score(Waiting waiting, CountDownLatch done) {
    AtomicReference<Seen> seen = new AtomicReference<>();
    ThreadContext context = threadPool.getThreadContext();
    try (ThreadContext.StoredContext ignored = context.stashContext()) {
      context.putHeader(HEADER, "me");
      new NodeInference(waiting, NodeInferenceTests::isHere, threadPool)
          .score("model", "query", List.of("text"))
          .whenComplete(
              (value, failure) -> {
                String thread = Thread.currentThread().getName();
                seen.set(new Seen(value, failure, context.getHeader(HEADER), thread));
                done.countDown();
              });
    }
    return seen;
  }

  public void testGoesOnInTheServersThreadAsTheCaller() throws InterruptedException {
    Waiting waiting = new Waiting(new CompletableFuture<>(), new CompletableFuture<>());
    CountDownLatch done = new CountDownLatch(1);
    AtomicReference<Seen> seen = score(waiting, done);
    assertNull(seen.get());
    float[] scores = {randomFloat()};
    waiting.scores.complete(scores);
    assertTrue(done.await(10, TimeUnit.SECONDS));
    assertSame(scores, seen.get().value);
    assertEquals("me", seen.get().header);
    assertTrue(seen.get().thread, seen.get().thread.contains("[generic]"));
    assertNull(threadPool.getThreadContext().getHeader(HEADER));
  }

  public void testFailsAsTheCaller() throws InterruptedException {
    Waiting waiting = new Waiting(new CompletableFuture<>(), new CompletableFuture<>());
    CountDownLatch done = new CountDownLatch(1);
    AtomicReference<Seen> seen = score(waiting, done);
    ModelException failure = new ModelException(ModelException.Kind.FAILED, "broken");
    waiting.scores.completeExceptionally(failure);
    assertTrue(done.await(10, TimeUnit.SECONDS));
    assertSame(failure, seen.get().failure);
    assertEquals("me", seen.get().header);
  }

  public void testCancellingStopsTheWork() {
    Waiting waiting = new Waiting(new CompletableFuture<>(), new CompletableFuture<>());
    CompletionStage<float[]> scores =
        new NodeInference(waiting, NodeInferenceTests::isHere, threadPool)
            .score("model", "query", List.of("text"));
    assertTrue(scores.toCompletableFuture().cancel(false));
    assertTrue(waiting.scores.isCancelled());
  }

  public void testCancellingStopsWorkWhoseModelHadToBeFoundFirst() {
    Waiting waiting = new Waiting(new CompletableFuture<>(), new CompletableFuture<>());
    CompletableFuture<Void> found = new CompletableFuture<>();
    CompletionStage<float[]> scores =
        new NodeInference(waiting, model -> found, threadPool)
            .score("model", "query", List.of("text"));
    boolean askedFirst = randomBoolean();
    if (askedFirst) {
      found.complete(null);
    }
    assertTrue(scores.toCompletableFuture().cancel(false));
    found.complete(null);
    assertTrue(waiting.scores.isCancelled());
  }

  public void testACancelledSearchStopsWaiting() throws Exception {
    CancellableTask search = new SearchTask(1, "search", "search", () -> "", null, Map.of());
    Waiting waiting = new Waiting(new CompletableFuture<>(), new CompletableFuture<>());
    AtomicReference<CompletionStage<float[]>> scores = new AtomicReference<>();
    new SearchTraceFilter(threadPool::getThreadContext, () -> "node")
        .apply(
            search,
            SearchAction.NAME,
            new SearchRequest(),
            ActionRequestMetadata.empty(),
            ActionListener.<SearchResponse>wrap(() -> {}),
            (task, action, request, listener) ->
                scores.set(
                    new NodeInference(waiting, NodeInferenceTests::isHere, threadPool)
                        .score("model", "query", List.of("text"))));
    assertNull(SearchTrace.task(threadPool.getThreadContext()));
    assertFalse(scores.get().toCompletableFuture().isDone());
    search.cancel("enough");
    ExecutionException e =
        expectThrows(
            ExecutionException.class,
            () -> scores.get().toCompletableFuture().get(10, TimeUnit.SECONDS));
    assertTrue(e.getCause().toString(), e.getCause() instanceof TaskCancelledException);
    assertTrue(e.getMessage(), e.getMessage().contains("enough"));
    assertBusy(() -> assertTrue(waiting.scores.isCancelled()));
  }

  public void testAnswersThatAreThereNeedNoOtherThread() {
    List<Encoding> cached = List.of(new Encoding(null, new float[] {1}, null, null));
    Waiting waiting =
        new Waiting(CompletableFuture.completedFuture(cached), new CompletableFuture<>());
    AtomicReference<Thread> thread = new AtomicReference<>();
    new NodeInference(waiting, NodeInferenceTests::isHere, threadPool)
        .encode(
            "model",
            List.of("text"),
            Side.QUERY,
            Set.of(Representation.DENSE),
            Inference.Workload.SEARCH)
        .thenAccept(
            encodings -> {
              assertSame(cached, encodings);
              thread.set(Thread.currentThread());
            });
    assertSame(Thread.currentThread(), thread.get());
  }
}
