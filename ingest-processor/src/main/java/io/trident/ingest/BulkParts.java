/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.DocWriteRequest;
import org.opensearch.action.DocWriteResponse;
import org.opensearch.action.admin.indices.refresh.RefreshRequest;
import org.opensearch.action.admin.indices.refresh.RefreshResponse;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.action.update.UpdateResponse;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.transport.client.Client;

/** A bulk that is done in steps: as smaller bulks, and between those as updates of their own. */
final class BulkParts {

  /** Updates that are begun before the first is done; each is a batch of its own to encode. */
  private static final int AT_A_TIME = 16;

  private final BulkRequest whole;
  private final List<List<Integer>> steps;
  private final Client client;
  private final ThreadContext context;
  private final AtomicReferenceArray<BulkItemResponse> answers;
  private final AtomicLong ingestTook = new AtomicLong(BulkResponse.NO_INGEST_TOOK);
  private final long start = System.nanoTime();

  /**
   * Cuts a bulk.
   *
   * @param steps the slots of its items, as {@link BulkSteps} says; those apart are updates
   * @param client the node's
   */
  BulkParts(BulkRequest whole, List<List<Integer>> steps, Client client) {
    this.whole = whole;
    this.steps = steps;
    this.client = client;
    this.context = client.threadPool().getThreadContext();
    this.answers = new AtomicReferenceArray<>(whole.requests().size());
  }

  /** Does all of it, and answers as the whole bulk would. */
  void run(ActionListener<BulkResponse> listener) {
    InTurn.forEach(
            IntStream.range(0, steps.size()).boxed().toList(),
            step -> step % 2 == 0 ? together(steps.get(step)) : apart(steps.get(step)))
        .whenComplete(
            (nothing, failure) -> {
              if (failure == null) {
                listener.onResponse(answer());
              } else {
                listener.onFailure(FailedModel.answer(failure));
              }
            });
  }

  private BulkResponse answer() {
    BulkItemResponse[] items = new BulkItemResponse[answers.length()];
    for (int slot = 0; slot < items.length; slot++) {
      items[slot] = answers.get(slot);
    }
    long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    return new BulkResponse(items, took, ingestTook.get());
  }

  private CompletionStage<Void> together(List<Integer> slots) {
    if (slots.isEmpty()) {
      return InTurn.DONE;
    }
    BulkRequest part = new BulkRequest();
    part.setRefreshPolicy(whole.getRefreshPolicy());
    part.waitForActiveShards(whole.waitForActiveShards());
    part.timeout(whole.timeout());
    slots.forEach(slot -> part.add(item(slot)));
    return this.<BulkResponse>ask(listener -> client.bulk(part, listener))
        .handle(
            (response, failure) -> {
              for (int i = 0; i < slots.size(); i++) {
                int slot = slots.get(i);
                answers.set(slot, failure == null ? response.getItems()[i] : failed(slot, failure));
              }
              if (failure == null) {
                ingestTook.accumulateAndGet(
                    response.getIngestTookInMillis(),
                    (sum, took) -> took < 0 ? sum : Math.max(0, sum) + took);
              }
              return null;
            });
  }

  private CompletionStage<Void> apart(List<Integer> slots) {
    return InTurn.forEach(slots, AT_A_TIME, this::update)
        .thenCompose(
            nothing ->
                whole.getRefreshPolicy() == RefreshPolicy.NONE ? InTurn.DONE : refresh(slots));
  }

  private CompletionStage<Void> update(int slot) {
    UpdateRequest update = (UpdateRequest) item(slot);
    update.timeout(whole.timeout());
    update.waitForActiveShards(whole.waitForActiveShards());
    return this.<UpdateResponse>ask(listener -> client.update(update, listener))
        .handle(
            (response, failure) -> {
              answers.set(
                  slot,
                  failure == null
                      ? new BulkItemResponse(slot, update.opType(), response)
                      : failed(slot, failure));
              return null;
            });
  }

  /**
   * One refresh for all updates, as each shard of a bulk has one. Whoever may write with a refresh
   * may have none apart, so it is the node that asks.
   */
  private CompletionStage<Void> refresh(List<Integer> slots) {
    List<DocWriteResponse> done =
        slots.stream()
            .map(answers::get)
            .filter(answer -> answer.isFailed() == false)
            .<DocWriteResponse>map(BulkItemResponse::getResponse)
            .toList();
    if (done.isEmpty()) {
      return InTurn.DONE;
    }
    RefreshRequest request =
        new RefreshRequest(
            done.stream().map(DocWriteResponse::getIndex).distinct().toArray(String[]::new));
    return this.<RefreshResponse>ask(
            listener -> {
              try (ThreadContext.StoredContext asNode = context.stashContext()) {
                client.admin().indices().refresh(request, listener);
              }
            })
        .thenAccept(response -> done.forEach(answer -> answer.setForcedRefresh(true)))
        .exceptionally(failure -> null); // what is done is done, and is answered
  }

  private DocWriteRequest<?> item(int slot) {
    return whole.requests().get(slot);
  }

  private BulkItemResponse failed(int slot, Throwable failure) {
    DocWriteRequest<?> item = item(slot);
    Exception cause = FailedModel.answer(ExceptionsHelper.unwrapCause(failure));
    return new BulkItemResponse(
        slot, item.opType(), new BulkItemResponse.Failure(item.index(), item.id(), cause));
  }

  /** What comes of a request; who waits for it goes on as who sent it. */
  private <T> CompletionStage<T> ask(Consumer<ActionListener<T>> request) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    request.accept(
        ContextPreservingActionListener.wrapPreservingContext(
            ActionListener.wrap(answer::complete, answer::completeExceptionally), context));
    return answer;
  }
}
