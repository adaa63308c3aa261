/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import io.trident.models.api.ModelException;
import io.trident.models.encoder.RunListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * A request to a model: inputs that become one output each. It is over when its answer is there,
 * its deadline has passed or its caller has cancelled it; then nothing more is run for it. In a
 * {@linkplain RequestPool#isPatient patient} pool the deadline is for what hangs: it counts anew
 * whenever the request gets on, and while it waits whenever any other does. Thread-safe.
 *
 * @param <I> what goes in
 * @param <O> what comes out
 */
final class Request<I, O> implements Runnable {

  /** Turns inputs into outputs. */
  interface Work<I, O> {

    /**
     * Gives an output for every input.
     *
     * @param listener asked which inputs are still wanted; outputs for others may be anything
     */
    List<O> run(List<I> inputs, RunListener listener);
  }

  private final String model;
  private final Object group;
  private final List<I> inputs;
  private final Work<I, O> work;
  private final ModelCounters counters;
  private final CompletableFuture<List<O>> result = new CompletableFuture<>();
  private final CompletableFuture<List<O>> answer;
  private final Duration deadline;
  private final long start = System.nanoTime();
  private volatile RequestPool pool;

  /** When the thread that works on the request last got on; null while the request waits. */
  private volatile AtomicLong running;

  /**
   * Makes a request that waits for {@link #enter}.
   *
   * @param group requests of equal groups, which do the same work, may share runs; null for none
   * @param answered gets the nanoseconds that the request took when it succeeds
   */
  Request(
      String model,
      Object group,
      List<I> inputs,
      Work<I, O> work,
      ModelCounters counters,
      Duration deadline,
      LongConsumer answered) {
    this.model = model;
    this.group = group;
    this.inputs = inputs;
    this.work = work;
    this.counters = counters;
    this.deadline = deadline;
    this.answer =
        result.handle(
            (outputs, failure) -> {
              if (failure != null) {
                throw translate(failure);
              }
              answered.accept(System.nanoTime() - start);
              return outputs;
            });
  }

  /** Joins a pool's queue, or is refused by it. */
  CompletableFuture<List<O>> enter(RequestPool entered) {
    pool = entered;
    answer.whenComplete(
        (outputs, failure) -> {
          if (failure != null) {
            result.cancel(false); // nothing happens unless the caller has cancelled the answer
            entered.leave(this);
          }
        });
    watch(deadline.toNanos());
    entered.execute(this);
    return answer;
  }

  /** Looks some time from now whether the deadline has passed, and else when it next may. */
  private void watch(long nanos) {
    CompletableFuture<Void> timer = new CompletableFuture<>();
    result.whenComplete((outputs, failure) -> timer.complete(null));
    timer
        .orTimeout(nanos, TimeUnit.NANOSECONDS)
        .exceptionally(
            timeout -> {
              long left = deadline.toNanos() - (System.nanoTime() - lastProgress());
              if (left > 0) {
                watch(left);
              } else {
                fail(timeout);
              }
              return null;
            });
  }

  private long lastProgress() {
    AtomicLong own = running;
    if (pool.isPatient() == false) {
      return start;
    }
    if (own != null) {
      return own.get();
    }
    long others = pool.lastProgress();
    return others - start > 0 ? others : start;
  }

  String model() {
    return model;
  }

  int size() {
    return inputs.size();
  }

  /** Whether another request does the same work. */
  boolean mayShareWith(Request<?, ?> other) {
    return group != null && group.equals(other.group);
  }

  private boolean isWanted() {
    return answer.isDone() == false && pool.isClosed() == false;
  }

  /** Fails the request. */
  void fail(Throwable failure) {
    result.completeExceptionally(failure);
  }

  /** Does the work, along with that of waiting requests of the same group. */
  @Override
  @SuppressWarnings("unchecked") // requests of one group have one type
  public void run() {
    if (pool.isClosed()) {
      fail(ModelStore.shuttingDown());
    } else if (isWanted()) {
      List<Request<I, O>> together = new ArrayList<>();
      together.add(this);
      pool.takeAlong(this).forEach(other -> together.add((Request<I, O>) other));
      AtomicLong progress = new AtomicLong();
      together.forEach(request -> request.running = progress);
      run(together, progress);
    }
  }

  private void run(List<Request<I, O>> together, AtomicLong progress) {
    List<I> all = new ArrayList<>();
    List<Request<I, O>> owners = new ArrayList<>();
    for (Request<I, O> request : together) {
      for (I input : request.inputs) {
        all.add(input);
        owners.add(request);
      }
    }
    progressed(progress);
    try {
      List<O> outputs = work.run(all, listener(owners, progress));
      int first = 0;
      for (Request<I, O> request : together) {
        request.settle(outputs.subList(first, first + request.size()));
        first += request.size();
      }
    } catch (Throwable e) { // an Error too must not leave callers waiting
      if (together.size() == 1) {
        fail(e);
      } else { // one must not fail the others
        together.forEach(request -> request.run(List.of(request), progress));
      }
    } finally {
      progressed(progress);
    }
  }

  private void progressed(AtomicLong progress) {
    progress.set(System.nanoTime());
    pool.progressed();
  }

  private void settle(List<O> outputs) {
    if (pool.isClosed()) {
      fail(ModelStore.shuttingDown()); // the outputs may be incomplete
    } else {
      result.complete(List.copyOf(outputs));
    }
  }

  private RunListener listener(List<Request<I, O>> owners, AtomicLong progress) {
    return new RunListener() {
      @Override
      public boolean wants(int input) {
        progressed(progress);
        return owners.get(input).isWanted();
      }

      @Override
      public void ran(int rows, long tokens, long padded, long nanos) {
        progressed(progress);
        counters.run(rows, tokens, padded, nanos);
      }
    };
  }

  /** The failure that the caller sees, counted. */
  private ModelException translate(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof TimeoutException) {
      counters.timedOut.increment();
      return new ModelException(
          ModelException.Kind.TIMEOUT,
          "model ["
              + model
              + (pool.isPatient() ? "] has not got on for [" : "] did not answer within [")
              + deadline
              + "]",
          cause);
    }
    ModelException answered =
        cause instanceof ModelException e
            ? e
            : new ModelException(
                ModelException.Kind.FAILED, "model [" + model + "] failed: " + cause, cause);
    if (answered.kind() == ModelException.Kind.REJECTED) {
      counters.rejected.increment();
    } else if (answered.kind() == ModelException.Kind.FAILED) {
      counters.failed.increment();
    }
    return answered;
  }
}
