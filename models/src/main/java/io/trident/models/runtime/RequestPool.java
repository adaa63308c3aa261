/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import io.trident.models.api.ModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads that work off requests, and a queue before them. A thread that becomes free takes the
 * first request and, so that they share runs, those waiting that do the same work: batches grow
 * with the load, and nobody waits for one to fill.
 *
 * <p>A pool is {@link #bounded}, for those who cannot wait long, or {@link #patient}, for those who
 * wait as long as the work before them gets on. Thread-safe.
 */
final class RequestPool {

  /** Inputs that a thread takes at once, unless one request alone has more. */
  private static final int SHARED_INPUTS = 32;

  private final ThreadPoolExecutor executor;
  private final int queueSize;
  private final boolean patient;

  /** When a request of the pool last got on. */
  private volatile long lastProgress = System.nanoTime();

  private RequestPool(String name, int threads, int queueSize, boolean patient) {
    this.queueSize = queueSize;
    this.patient = patient;
    AtomicInteger number = new AtomicInteger();
    this.executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            1,
            TimeUnit.MINUTES,
            new LinkedBlockingQueue<>(queueSize),
            task -> {
              Thread thread =
                  new Thread(task, "trident[" + name + "][" + number.incrementAndGet() + "]");
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
  }

  /**
   * A pool that refuses the requests that find its queue full, and whose deadlines count from when
   * a request comes. Starts no thread before the first request.
   *
   * @param name in the names of the threads
   * @param queueSize requests that may wait
   */
  static RequestPool bounded(String name, int threads, int queueSize) {
    return new RequestPool(name, threads, queueSize, false);
  }

  /**
   * A pool whose callers bound what they ask for at once, so that it refuses nothing, and whose
   * deadlines count from when a request, or while it waits any other, last got on.
   *
   * @param name in the names of the threads
   */
  static RequestPool patient(String name, int threads) {
    return new RequestPool(name, threads, Integer.MAX_VALUE, true);
  }

  /** Whether a request may wait as long as those before it get on. */
  boolean isPatient() {
    return patient;
  }

  /** When a request of the pool last got on, by {@link System#nanoTime}. */
  long lastProgress() {
    return lastProgress;
  }

  /** A request of the pool has got on. */
  void progressed() {
    lastProgress = System.nanoTime();
  }

  /** Queues a request, or fails it. */
  void execute(Request<?, ?> request) {
    try {
      executor.execute(request);
    } catch (RejectedExecutionException e) {
      request.fail(
          isClosed()
              ? ModelStore.shuttingDown()
              : new ModelException(
                  ModelException.Kind.REJECTED,
                  "model ["
                      + request.model()
                      + "] is busy: ["
                      + queueSize
                      + "] requests wait already",
                  e));
    }
  }

  /** Takes a request out of the queue, if it is still there: it no longer needs its place. */
  void leave(Request<?, ?> request) {
    executor.remove(request);
  }

  /** Takes requests out of the queue that may share runs with one that starts now. */
  List<Request<?, ?>> takeAlong(Request<?, ?> starting) {
    List<Request<?, ?>> taken = new ArrayList<>();
    int inputs = starting.size();
    for (Runnable waiting : executor.getQueue()) {
      if (inputs >= SHARED_INPUTS) {
        break;
      }
      Request<?, ?> other = (Request<?, ?>) waiting;
      if (other.mayShareWith(starting)
          && inputs + other.size() <= SHARED_INPUTS
          && executor.remove(other)) { // else another thread was faster
        taken.add(other);
        inputs += other.size();
      }
    }
    return taken;
  }

  /** How many requests could start now, at least 1: more would wait. */
  int idleThreads() {
    int busy = executor.getActiveCount() + executor.getQueue().size();
    return Math.max(1, executor.getMaximumPoolSize() - busy);
  }

  /** How many requests to a model wait. */
  long waiting(String model) {
    return executor.getQueue().stream()
        .filter(waiting -> ((Request<?, ?>) waiting).model().equals(model))
        .count();
  }

  boolean isClosed() {
    return executor.isShutdown();
  }

  /** Fails what waits, and what comes, at once. What runs stops after its present run. */
  void close() {
    for (Runnable waiting : executor.shutdownNow()) {
      ((Request<?, ?>) waiting).fail(ModelStore.shuttingDown());
    }
  }

  /** Waits for the threads to end; false when they do not. */
  boolean awaitEnd(long seconds) throws InterruptedException {
    return executor.awaitTermination(seconds, TimeUnit.SECONDS);
  }
}
