/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * The inputs of one request, dealt out like cards to several that threads work off side by side.
 * Neighbors go to different hands, so that hands cost about the same when inputs are ordered. The
 * first hand that fails fails the request and ends the others, as does a cancellation.
 */
final class DealtInputs {

  private DealtInputs() {}

  /**
   * Deals inputs out and collects the outputs.
   *
   * @param hands at least 1
   * @param submit makes a request of a hand's number and its inputs, with an output for every input
   * @return an output for every input, in the order of the inputs
   */
  static <I, O> CompletableFuture<List<O>> submit(
      List<I> inputs, int hands, BiFunction<Integer, List<I>, CompletableFuture<List<O>>> submit) {
    List<CompletableFuture<List<O>>> answers =
        IntStream.range(0, hands)
            .mapToObj(hand -> submit.apply(hand, hand(inputs, hand, hands)))
            .toList();
    CompletableFuture<List<O>> all = new CompletableFuture<>();
    CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
        .thenAccept(nothing -> all.complete(collect(answers, inputs.size())));
    answers.forEach(
        answer ->
            answer.whenComplete(
                (outputs, failure) -> {
                  if (failure != null) {
                    all.completeExceptionally(failure);
                  }
                }));
    all.whenComplete(
        (outputs, failure) -> {
          if (failure != null) {
            answers.forEach(answer -> answer.cancel(false));
          }
        });
    return all;
  }

  private static <I> List<I> hand(List<I> inputs, int hand, int hands) {
    List<I> dealt = new ArrayList<>();
    for (int i = hand; i < inputs.size(); i += hands) {
      dealt.add(inputs.get(i));
    }
    return dealt;
  }

  private static <O> List<O> collect(List<CompletableFuture<List<O>>> answers, int size) {
    return IntStream.range(0, size)
        .mapToObj(i -> answers.get(i % answers.size()).resultNow().get(i / answers.size()))
        .toList();
  }
}
