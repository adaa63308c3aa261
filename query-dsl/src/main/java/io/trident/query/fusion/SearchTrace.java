package io.trident.query.fusion;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.search.SearchHits;
import org.opensearch.search.profile.ProfileShardResult;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;

/**
 * One search while it runs: its task, and what its fusions' legs did. It travels in the context of
 * the search's threads, because a query that is rewritten sees the request but neither the task nor
 * the response. Thread-safe.
 */
public final class SearchTrace {

  private static final String KEY = "trident.search";

  private final Task task;
  private final TaskId taskId;
  private final ConcurrentLinkedQueue<Answered> answers = new ConcurrentLinkedQueue<>();

  private final List<HitScores> scores = Collections.synchronizedList(new ArrayList<>());

  /** Which searches run for this one. Requests are told apart by identity. */
  private final Map<SearchRequest, TaskId> inner =
      Collections.synchronizedMap(new IdentityHashMap<>());

  /** A leg and its answer. */
  private record Answered(LegReport leg, SearchResponse response) {}

  /**
   * Starts a trace.
   *
   * @param task the search's own task
   * @param taskId tells the task from those of other nodes
   */
  SearchTrace(Task task, TaskId taskId) {
    this.task = task;
    this.taskId = taskId;
  }

  /** The task of the search that a thread works for, or null outside of one that can be ended. */
  public static CancellableTask task(ThreadContext context) {
    SearchTrace trace = current(context);
    return trace != null && trace.task instanceof CancellableTask search ? search : null;
  }

  /** The trace of the search that a thread works for, or null outside of one. */
  static SearchTrace current(ThreadContext context) {
    return context.getTransient(KEY);
  }

  /**
   * Makes the calling thread, and all to which it hands on, work for the search, until what is
   * returned is closed.
   */
  ThreadContext.StoredContext enter(ThreadContext context) {
    ThreadContext.StoredContext outer = context.newStoredContext(true, List.of(KEY));
    context.putTransient(KEY, this);
    return outer;
  }

  /** The search's task. */
  TaskId taskId() {
    return taskId;
  }

  /** Notes that a search runs for this one. */
  void began(SearchRequest search, TaskId searchTask) {
    inner.put(search, searchTask);
  }

  /** The task of a search that runs for this one, or null. */
  TaskId taskOf(SearchRequest search) {
    return inner.get(search);
  }

  /** Notes that a search has ended. */
  void forget(SearchRequest search) {
    inner.remove(search);
  }

  /** Notes what a leg did. */
  void answered(LegReport leg, SearchResponse response) {
    answers.add(new Answered(leg, response));
  }

  /**
   * Where a fusion says what hits are to be told of it; hits have fusions in this order.
   *
   * @param wanted whether they are to be told their scores
   */
  HitScores scores(boolean wanted) {
    HitScores fusion = new HitScores(wanted);
    scores.add(fusion);
    return fusion;
  }

  /** Tells hits of the search what was noted for them. */
  void tell(SearchHits hits) {
    if (scores.isEmpty() == false) {
      HitScores.addTo(hits, List.copyOf(scores));
    }
  }

  /** The response of the search, with what its legs did, if there were any. */
  SearchResponse profiled(SearchResponse response) {
    if (answers.isEmpty()) {
      return response;
    }
    List<LegReport> legs = new ArrayList<>();
    Map<String, ProfileShardResult> shards = new LinkedHashMap<>(response.getProfileResults());
    for (Answered answer : answers) {
      String name = answer.leg.name();
      legs.add(answer.leg);
      for (SearchExtBuilder inner : answer.response.getInternalResponse().getSearchExtBuilders()) {
        if (inner instanceof FusionReport report) {
          report.legs().forEach(leg -> legs.add(leg.inside(name)));
        }
      }
      answer
          .response
          .getProfileResults()
          .forEach((shard, result) -> shards.put("leg [" + name + "] " + shard, result));
    }
    return new SearchResponseCopy(response, response.getHits(), shards, new FusionReport(legs), 0)
        .response();
  }
}
