/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.search.SearchTrace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.opensearch.action.admin.cluster.node.tasks.cancel.CancelTasksRequest;
import org.opensearch.action.admin.cluster.node.tasks.get.GetTaskAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.OriginSettingClient;

/** The searches of a fusion's legs while they run, which end together. Thread-safe. */
final class LegTasks {

  private static final String REASON = "another leg of its fusion failed";

  private final Client client;
  private final SearchTrace trace;

  /** Requests are told apart by identity: two legs may search for the same. */
  private final Set<SearchRequest> running = Collections.newSetFromMap(new IdentityHashMap<>());

  private boolean cancelled;

  /**
   * Makes an empty one.
   *
   * @param trace knows the tasks of searches; null outside of a search that has one
   */
  LegTasks(Client client, SearchTrace trace) {
    this.client = client;
    this.trace = trace;
  }

  /** Starts a search, unless the others were ended. */
  void start(SearchRequest search, ActionListener<SearchResponse> listener) {
    synchronized (this) {
      if (cancelled) {
        throw new TaskCancelledException(REASON);
      }
      running.add(search);
    }
    client.search(search, ActionListener.runBefore(listener, () -> ended(search)));
  }

  private synchronized void ended(SearchRequest search) {
    running.remove(search);
    if (trace != null) {
      trace.forget(search);
    }
  }

  /** Ends what runs, as the node and not as the user, who may have no right to end tasks. */
  void cancel() {
    List<TaskId> tasks = new ArrayList<>();
    synchronized (this) {
      cancelled = true;
      for (SearchRequest search : running) {
        TaskId task = trace == null ? null : trace.taskOf(search);
        if (task != null) {
          tasks.add(task);
        }
      }
      running.clear();
    }
    for (TaskId task : tasks) {
      new OriginSettingClient(client, GetTaskAction.TASKS_ORIGIN)
          .admin()
          .cluster()
          .cancelTasks(
              new CancelTasksRequest().setTaskId(task).setReason(REASON),
              ActionListener.wrap(() -> {}));
    }
  }
}
