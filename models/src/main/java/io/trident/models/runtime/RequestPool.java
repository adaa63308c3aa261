package io.trident.models.runtime;

import io.trident.models.api.ModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads that work off requests, and a bounded queue before them. A request that finds it full is
 * refused. A thread that becomes free takes the first request and, so that they share runs, those
 * waiting that do the same work: batches grow with the load, and nobody waits for one to fill.
 * Thread-safe.
 */
final class RequestPool {

  /** Inputs that a thread takes at once, unless one request alone has more. */
  private static final int SHARED_INPUTS = 32;

  private final ThreadPoolExecutor executor;
  private final int queueSize;

  /**
   * Starts no thread before the first request.
   *
   * @param name in the names of the threads
   * @param queueSize requests that may wait
   */
  RequestPool(String name, int threads, int queueSize) {
    this.queueSize = queueSize;
    AtomicInteger number = new AtomicInteger();
    this.executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(queueSize),
            task -> {
              Thread thread =
                  new Thread(task, "trident[" + name + "][" + number.incrementAndGet() + "]");
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
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
