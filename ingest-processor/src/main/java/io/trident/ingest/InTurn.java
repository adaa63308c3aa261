/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Asynchronous work on one thing after the other, on a stack that does not grow with them. */
final class InTurn {

  /** What comes of work that is done. */
  static final CompletionStage<Void> DONE = CompletableFuture.completedStage(null);

  private InTurn() {}

  /** Works on each; what fails, or throws, ends it and fails the stage. */
  static <T> CompletionStage<Void> forEach(
      Iterable<T> things, Function<T, CompletionStage<Void>> work) {
    CompletionStage<Void> chain = DONE;
    for (T thing : things) {
      chain = chain.thenCompose(nothing -> work.apply(thing));
    }
    return chain;
  }

  /** Works on each, on some of them at a time; they are begun in their order. */
  static <T> CompletableFuture<Void> forEach(
      Collection<T> things, int atATime, Function<T, CompletionStage<Void>> work) {
    Queue<T> queue = new ConcurrentLinkedQueue<>(things);
    return CompletableFuture.allOf(
        IntStream.range(0, Math.min(atATime, things.size()))
            .mapToObj(
                lane ->
                    forEach(
                            things,
                            any -> {
                              T next = queue.poll();
                              return next == null ? DONE : work.apply(next);
                            })
                        .toCompletableFuture())
            .toArray(CompletableFuture<?>[]::new));
  }
}
