/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.search;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.search.SearchHits;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;

/**
 * One search while it runs: its task, and what is noted for its response. It travels in the context
 * of the search's threads, because a query that is rewritten sees the request but neither the task
 * nor the response. Thread-safe.
 */
public final class SearchTrace {

  private static final String KEY = "trident.search";

  private final Task task;
  private final TaskId taskId;
  private final SearchTrace outer;
  private final Map<Class<?>, SearchNotes> notes = new ConcurrentHashMap<>();

  /** Which searches run for this one. Requests are told apart by identity. */
  private final Map<SearchRequest, TaskId> inner =
      Collections.synchronizedMap(new IdentityHashMap<>());

  /** Starts the trace of a search that runs for no other. */
  public SearchTrace(Task task, TaskId taskId) {
    this(task, taskId, null);
  }

  /**
   * Starts a trace.
   *
   * @param task the search's own task
   * @param taskId tells the task from those of other nodes
   * @param outer the search that this one runs for, or null
   */
  public SearchTrace(Task task, TaskId taskId, SearchTrace outer) {
    this.task = task;
    this.taskId = taskId;
    this.outer = outer;
  }

  /** The task of the search that a thread works for, or null outside of one that can be ended. */
  public static CancellableTask task(ThreadContext context) {
    SearchTrace trace = current(context);
    return trace != null && trace.task instanceof CancellableTask search ? search : null;
  }

  /** The trace of the search that a thread works for, or null outside of one. */
  public static SearchTrace current(ThreadContext context) {
    return context.getTransient(KEY);
  }

  /**
   * Makes the calling thread, and all to which it hands on, work for the search, until what is
   * returned is closed.
   */
  public ThreadContext.StoredContext enter(ThreadContext context) {
    ThreadContext.StoredContext outer = context.newStoredContext(true, List.of(KEY));
    context.putTransient(KEY, this);
    return outer;
  }

  /** The search that this one runs for, or null. */
  public SearchTrace outer() {
    return outer;
  }

  /** The search's task. */
  public TaskId taskId() {
    return taskId;
  }

  /** Notes that a search runs for this one. */
  public void began(SearchRequest search, TaskId searchTask) {
    inner.put(search, searchTask);
  }

  /** The task of a search that runs for this one, or null. */
  public TaskId taskOf(SearchRequest search) {
    return inner.get(search);
  }

  /** Notes that a search has ended. */
  public void forget(SearchRequest search) {
    inner.remove(search);
  }

  /** What a part of the plugin notes of this search, made when it is first asked for. */
  public <N extends SearchNotes> N notes(Class<N> type, Supplier<N> none) {
    return type.cast(notes.computeIfAbsent(type, key -> none.get()));
  }

  /** Tells hits of the search what was noted for them. */
  void tell(SearchHits hits) {
    notes.values().forEach(noted -> noted.tell(hits));
  }

  /** The response of the search, with what was noted for a profile. */
  SearchResponse profiled(SearchResponse response) {
    SearchResponse profiled = response;
    for (SearchNotes noted : notes.values()) {
      profiled = noted.profiled(profiled);
    }
    return profiled;
  }
}
