/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import io.trident.models.api.ModelException;
import io.trident.models.api.ModelStats;
import io.trident.models.encoder.RunListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;

/** What becomes of requests when there are more than a pool can do. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the JDK keeps a thread that watches deadlines
public class RequestPoolTests extends RandomizedTest {

  private static final int QUEUE = 8;
  private static final Duration LONG = Duration.ofMinutes(1);

  private final ModelCounters counters = new ModelCounters();
  private final CountDownLatch gate = new CountDownLatch(1);
  private final CountDownLatch started = new CountDownLatch(1);

  /** The inputs of each call of the work, in order. */
  private final List<List<Integer>> calls = new CopyOnWriteArrayList<>();

  private RequestPool pool;

  @Before
  public void startPool() {
    pool = RequestPool.bounded("test", 1, QUEUE);
  }

  @After
  public void stopPool() throws InterruptedException {
    gate.countDown();
    pool.close();
    assertTrue(pool.awaitEnd(10));
  }

  /** Doubles its inputs, fails on negative ones, and runs each input by itself. */
  private List<Integer> twice(List<Integer> inputs, RunListener listener) {
    calls.add(inputs);
    List<Integer> outputs = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      if (listener.wants(i) && inputs.get(i) < 0) {
        throw new IllegalArgumentException("negative");
      }
      outputs.add(listener.wants(i) ? 2 * inputs.get(i) : 0);
    }
    return outputs;
  }

  private List<Integer> wait(List<Integer> inputs, RunListener listener) {
    started.countDown();
    try {
      assertTrue(gate.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the pool closes
    }
    return twice(inputs, listener);
  }

  private CompletableFuture<List<Integer>> ask(Object group, Duration deadline, Integer... inputs) {
    return new Request<>(
            "m",
            group,
            List.of(inputs),
            this::twice,
            counters,
            deadline,
            nanos -> counters.answered(inputs.length, nanos))
        .enter(pool);
  }

  /** Keeps the pool's thread busy until the gate opens. */
  private CompletableFuture<List<Integer>> occupy() throws InterruptedException {
    CompletableFuture<List<Integer>> busy =
        new Request<>("m", "busy", List.of(0), this::wait, counters, LONG, nanos -> {}).enter(pool);
    assertTrue(started.await(10, TimeUnit.SECONDS));
    return busy;
  }

  private static ModelException failure(CompletableFuture<?> answer) {
    ExecutionException e =
        assertThrows(ExecutionException.class, () -> answer.get(10, TimeUnit.SECONDS));
    return (ModelException) e.getCause();
  }

  @Test
  public void testExcessIsRefusedAndTheRestAnswered() throws Exception {
    occupy();
    int excess = randomIntBetween(1, 20);
    List<CompletableFuture<List<Integer>>> answers = new ArrayList<>();
    for (int i = 0; i < QUEUE + excess; i++) {
      answers.add(ask(null, LONG, i));
    }
    assertEquals(QUEUE, pool.waiting("m"));
    for (int i = QUEUE; i < QUEUE + excess; i++) {
      ModelException refused = failure(answers.get(i));
      assertEquals(ModelException.Kind.REJECTED, refused.kind());
      assertEquals("model [m] is busy: [8] requests wait already", refused.getMessage());
    }
    gate.countDown();
    for (int i = 0; i < QUEUE; i++) {
      assertEquals(List.of(2 * i), answers.get(i).get(10, TimeUnit.SECONDS));
    }
    ModelStats stats = counters.stats("m", pool.waiting("m"), 0);
    assertEquals(excess, stats.rejected());
    assertEquals(QUEUE, stats.requests());
    assertEquals(0, stats.failed());
    assertEquals(0, stats.queued());
  }

  @Test
  public void testWaitingRequestsOfOneGroupShareARun() throws Exception {
    occupy();
    CompletableFuture<List<Integer>> a1 = ask("a", LONG, 1, 2);
    CompletableFuture<List<Integer>> b = ask("b", LONG, 3);
    CompletableFuture<List<Integer>> a2 = ask("a", LONG, 4);
    gate.countDown();
    assertEquals(List.of(2, 4), a1.get(10, TimeUnit.SECONDS));
    assertEquals(List.of(6), b.get(10, TimeUnit.SECONDS));
    assertEquals(List.of(8), a2.get(10, TimeUnit.SECONDS));
    assertEquals(List.of(List.of(0), List.of(1, 2, 4), List.of(3)), calls);
  }

  @Test
  public void testOneThatFailsDoesNotFailThoseItSharedARunWith() throws Exception {
    occupy();
    CompletableFuture<List<Integer>> good = ask("a", LONG, 1);
    CompletableFuture<List<Integer>> bad = ask("a", LONG, -1);
    CompletableFuture<List<Integer>> alsoGood = ask("a", LONG, 2);
    gate.countDown();
    assertEquals(List.of(2), good.get(10, TimeUnit.SECONDS));
    assertEquals(List.of(4), alsoGood.get(10, TimeUnit.SECONDS));
    assertEquals(ModelException.Kind.FAILED, failure(bad).kind());
    assertEquals(1, counters.stats("m", 0, 0).failed());
  }

  @Test
  public void testClosingFailsWhatWaitsAtOnce() throws Exception {
    occupy();
    List<CompletableFuture<List<Integer>>> answers = new ArrayList<>();
    for (int i = randomIntBetween(1, QUEUE); i > 0; i--) {
      answers.add(ask("a", LONG, i));
    }
    pool.close();
    for (CompletableFuture<List<Integer>> answer : answers) {
      assertTrue("failed before close has returned", answer.isCompletedExceptionally());
      assertEquals("the node is shutting down", failure(answer).getMessage());
    }
    assertEquals("the node is shutting down", failure(ask("a", LONG, 1)).getMessage());
  }

  @Test
  public void testWhatRunsWhenThePoolClosesStops() throws Exception {
    CompletableFuture<List<Integer>> running = occupy();
    pool.close();
    assertEquals("the node is shutting down", failure(running).getMessage());
  }

  @Test
  public void testARequestPastItsDeadlineLeavesTheQueueAndIsNotRun() throws Exception {
    occupy();
    CompletableFuture<List<Integer>> late = ask("a", Duration.ofMillis(20), 1);
    ModelException timeout = failure(late);
    assertEquals(ModelException.Kind.TIMEOUT, timeout.kind());
    assertEquals("model [m] did not answer within [PT0.02S]", timeout.getMessage());
    assertEmpties();
    gate.countDown();
    assertEquals(List.of(6), ask("b", LONG, 3).get(10, TimeUnit.SECONDS));
    assertEquals(List.of(List.of(0), List.of(3)), calls);
    assertEquals(1, counters.stats("m", 0, 0).timedOut());
  }

  @Test
  public void testACancelledRequestLeavesTheQueueAndIsNotRun() throws Exception {
    occupy();
    CompletableFuture<List<Integer>> cancelled = ask("a", LONG, 1);
    assertTrue(cancelled.cancel(randomBoolean()));
    assertEmpties();
    gate.countDown();
    assertEquals(List.of(6), ask("b", LONG, 3).get(10, TimeUnit.SECONDS));
    assertEquals(List.of(List.of(0), List.of(3)), calls);
    assertEquals("cancelling is no failure", 0, counters.stats("m", 0, 0).failed());
  }

  /** The thread that fails a request takes it out of the queue just after. */
  private void assertEmpties() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (pool.waiting("m") > 0 && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertEquals(0, pool.waiting("m"));
  }

  private void startPatientPool() {
    pool.close();
    pool = RequestPool.patient("patient", 1);
  }

  @Test
  public void testAPatientPoolRefusesNothing() throws Exception {
    startPatientPool();
    occupy();
    List<CompletableFuture<List<Integer>>> answers = new ArrayList<>();
    for (int i = 0; i < 100 * QUEUE; i++) {
      answers.add(ask(null, LONG, i));
    }
    gate.countDown();
    for (int i = 0; i < answers.size(); i++) {
      assertEquals(List.of(2 * i), answers.get(i).get(10, TimeUnit.SECONDS));
    }
  }

  @Test
  public void testARequestThatWaitsOutlastsItsDeadlineWhileOthersGetOn() throws Exception {
    startPatientPool();
    Duration deadline = Duration.ofSeconds(1);
    long end = System.nanoTime() + 3 * deadline.toNanos();
    CompletableFuture<List<Integer>> longOne =
        new Request<>(
                "m",
                "long",
                List.of(0),
                (inputs, listener) -> {
                  while (System.nanoTime() < end && listener.wants(0)) {
                    Thread.onSpinWait();
                  }
                  return inputs;
                },
                counters,
                deadline,
                nanos -> {})
            .enter(pool);
    CompletableFuture<List<Integer>> waiting = ask("a", deadline, 1);
    assertEquals(List.of(0), longOne.get(20, TimeUnit.SECONDS));
    assertEquals(List.of(2), waiting.get(20, TimeUnit.SECONDS));
    assertEquals(0, counters.stats("m", 0, 0).timedOut());
  }

  @Test
  public void testARunThatHangsFailsItsRequestAndThoseThatWaitForIt() throws Exception {
    startPatientPool();
    Duration deadline = Duration.ofMillis(50);
    CompletableFuture<List<Integer>> hanging =
        new Request<>("m", "busy", List.of(0), this::wait, counters, deadline, nanos -> {})
            .enter(pool);
    CompletableFuture<List<Integer>> waiting = ask("a", deadline, 1);
    for (CompletableFuture<List<Integer>> late : List.of(hanging, waiting)) {
      ModelException timeout = failure(late);
      assertEquals(ModelException.Kind.TIMEOUT, timeout.kind());
      assertEquals("model [m] has not got on for [PT0.05S]", timeout.getMessage());
    }
    assertEmpties();
    gate.countDown();
    assertEquals(List.of(6), ask("b", LONG, 3).get(10, TimeUnit.SECONDS));
  }

  @Test
  public void testAnErrorFailsItsRequest() throws Exception {
    CompletableFuture<List<Integer>> failing =
        new Request<Integer, Integer>(
                "m",
                null,
                List.of(0),
                (List<Integer> inputs, RunListener listener) -> {
                  throw new OutOfMemoryError("heap");
                },
                counters,
                LONG,
                nanos -> {})
            .enter(pool);
    assertEquals(
        "model [m] failed: java.lang.OutOfMemoryError: heap", failure(failing).getMessage());
    assertEquals(List.of(6), ask("b", LONG, 3).get(10, TimeUnit.SECONDS));
  }

  @Test
  public void testARunningRequestThatIsCancelledWantsNoMore() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(1);
    List<Integer> done = new CopyOnWriteArrayList<>();
    CountDownLatch over = new CountDownLatch(1);
    CompletableFuture<List<Integer>> answer =
        new Request<>(
                "m",
                null,
                List.of(0, 1, 2),
                (inputs, listener) -> {
                  for (int input : inputs) {
                    if (listener.wants(input)) {
                      done.add(input);
                      started.countDown();
                      await(cancelled);
                    }
                  }
                  over.countDown();
                  return inputs;
                },
                counters,
                LONG,
                nanos -> {})
            .enter(pool);
    assertTrue(started.await(10, TimeUnit.SECONDS));
    assertTrue(answer.cancel(false));
    cancelled.countDown();
    assertTrue(over.await(10, TimeUnit.SECONDS));
    assertEquals(List.of(0), done);
    assertFalse(answer.isDone() && answer.isCancelled() == false);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(10, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
