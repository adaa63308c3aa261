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
import java.util.function.LongConsumer;

/**
 * A request to a model: inputs that become one output each. It is over when its answer is there,
 * its deadline has passed or its caller has cancelled it; then nothing more is run for it.
 * Thread-safe.
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
  private volatile RequestPool pool;

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
    long start = System.nanoTime();
    this.answer =
        result
            .orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS)
            .handle(
                (outputs, failure) -> {
                  if (failure != null) {
                    throw translate(failure, deadline);
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
    entered.execute(this);
    return answer;
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
      run(together);
    }
  }

  private void run(List<Request<I, O>> together) {
    List<I> all = new ArrayList<>();
    List<Request<I, O>> owners = new ArrayList<>();
    for (Request<I, O> request : together) {
      for (I input : request.inputs) {
        all.add(input);
        owners.add(request);
      }
    }
    try {
      List<O> outputs = work.run(all, listener(owners));
      int start = 0;
      for (Request<I, O> request : together) {
        request.settle(outputs.subList(start, start + request.size()));
        start += request.size();
      }
    } catch (RuntimeException | LinkageError e) {
      if (together.size() == 1) {
        fail(e);
      } else {
        together.forEach(request -> request.run(List.of(request))); // one must not fail the others
      }
    }
  }

  private void settle(List<O> outputs) {
    if (pool.isClosed()) {
      fail(ModelStore.shuttingDown()); // the outputs may be incomplete
    } else {
      result.complete(List.copyOf(outputs));
    }
  }

  private RunListener listener(List<Request<I, O>> owners) {
    return new RunListener() {
      @Override
      public boolean wants(int input) {
        return owners.get(input).isWanted();
      }

      @Override
      public void ran(int rows, long tokens, long padded, long nanos) {
        counters.run(rows, tokens, padded, nanos);
      }
    };
  }

  /** The failure that the caller sees, counted. */
  private ModelException translate(Throwable failure, Duration deadline) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof TimeoutException) {
      counters.timedOut.increment();
      return new ModelException(
          ModelException.Kind.TIMEOUT,
          "model [" + model + "] did not answer within [" + deadline + "]",
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
