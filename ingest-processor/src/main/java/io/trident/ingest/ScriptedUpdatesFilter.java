/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import java.util.function.Predicate;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.DocWriteRequest;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;
import org.opensearch.transport.client.Client;

/**
 * Takes the updates by script out of a bulk, where they go to an index that encodes texts, and
 * sends each as a request of its own. In a bulk a script runs on the shard, behind all pipelines,
 * and its document would keep the vectors of the former text; what comes of an update by itself
 * goes through them. Thread-safe.
 */
public final class ScriptedUpdatesFilter implements ActionFilter {

  private final Supplier<Client> client;
  private final Predicate<String> encodes;

  /**
   * Makes the filter.
   *
   * @param client the node's; asked for when a bulk comes
   * @param encodes whether texts are encoded that go to an index, an alias or a data stream
   */
  public ScriptedUpdatesFilter(Supplier<Client> client, Predicate<String> encodes) {
    this.client = client;
    this.encodes = encodes;
  }

  @Override
  public int order() {
    return Integer.MAX_VALUE; // nearest to the action, which other filters see as it came
  }

  @Override
  @SuppressWarnings("unchecked") // a bulk is answered by a response to a bulk
  public <Q extends ActionRequest, R extends ActionResponse> void apply(
      Task task,
      String action,
      Q request,
      ActionRequestMetadata<Q, R> metadata,
      ActionListener<R> listener,
      ActionFilterChain<Q, R> chain) {
    if (request instanceof BulkRequest bulk && bulk.requests().stream().anyMatch(this::isTaken)) {
      new BulkParts(bulk, BulkSteps.of(bulk.requests(), this::isTaken), client.get())
          .run((ActionListener<BulkResponse>) listener);
    } else {
      chain.proceed(task, action, request, listener);
    }
  }

  private boolean isTaken(DocWriteRequest<?> item) {
    return item instanceof UpdateRequest update
        && update.script() != null
        && encodes.test(update.index());
  }
}
