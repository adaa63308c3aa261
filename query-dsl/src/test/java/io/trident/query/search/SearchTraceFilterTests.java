/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.search;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.lucene.search.TotalHits;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.ShardSearchFailure;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.internal.InternalSearchResponse;
import org.opensearch.tasks.Task;

/** What a search's threads know of it, and what its response says of its legs. */
public class SearchTraceFilterTests extends LuceneTestCase {

  private final ThreadContext context = new ThreadContext(Settings.EMPTY);
  private final SearchTraceFilter filter = new SearchTraceFilter(() -> context, () -> "node");

  private static Task task(long id) {
    return new Task(id, "transport", SearchAction.NAME, "", TaskId.EMPTY_TASK_ID, Map.of());
  }

  private static SearchResponse nothing() {
    TotalHits total = new TotalHits(0, TotalHits.Relation.EQUAL_TO);
    return new SearchResponse(
        new InternalSearchResponse(
            new SearchHits(new SearchHit[0], total, 0), null, null, null, false, null, 1),
        null,
        1,
        1,
        0,
        1,
        ShardSearchFailure.EMPTY_ARRAY,
        SearchResponse.Clusters.EMPTY);
  }

  private SearchResponse search(
      Task task, boolean profile, ActionFilterChain<SearchRequest, SearchResponse> chain) {
    SearchRequest request = new SearchRequest().source(new SearchSourceBuilder().profile(profile));
    AtomicReference<SearchResponse> answer = new AtomicReference<>();
    filter.apply(
        task,
        SearchAction.NAME,
        request,
        ActionRequestMetadata.empty(),
        ActionListener.wrap(answer::set, e -> fail(e.toString())),
        chain);
    return answer.get();
  }

  public void testSearchesInsideOfASearchKnowTheirOwnTask() {
    search(
        task(1),
        false,
        (outer, action, request, listener) -> {
          assertEquals(new TaskId("node", 1), SearchTrace.current(context).taskId());
          search(
              task(2),
              false,
              (inner, innerAction, innerRequest, innerListener) ->
                  assertEquals(new TaskId("node", 2), SearchTrace.current(context).taskId()));
          assertEquals(new TaskId("node", 1), SearchTrace.current(context).taskId());
        });
    assertNull(SearchTrace.current(context));
  }

  /** Rewriting goes on where a leg's response is taken; what it starts belongs to the search. */
  public void testWhoGetsAResponseWorksForTheSearchAround() {
    for (boolean profile : new boolean[] {true, false}) {
      AtomicReference<TaskId> receiver = new AtomicReference<>();
      search(
          task(1),
          profile,
          (outer, action, request, listener) ->
              filter.apply(
                  task(2),
                  SearchAction.NAME,
                  new SearchRequest().source(new SearchSourceBuilder().profile(profile)),
                  ActionRequestMetadata.empty(),
                  ActionListener.wrap(
                      response -> receiver.set(SearchTrace.current(context).taskId()),
                      e -> fail(e.toString())),
                  (inner, innerAction, innerRequest, innerListener) -> {
                    assertEquals(new TaskId("node", 2), SearchTrace.current(context).taskId());
                    innerListener.onResponse(nothing());
                  }));
      assertEquals(new TaskId("node", 1), receiver.get());
    }
  }

  public void testASearchKnowsTheTasksOfThoseInside() {
    search(
        task(1),
        false,
        (outer, action, request, listener) -> {
          SearchTrace trace = SearchTrace.current(context);
          SearchRequest leg = new SearchRequest();
          filter.apply(
              task(2),
              SearchAction.NAME,
              leg,
              ActionRequestMetadata.empty(),
              ActionListener.wrap(response -> {}, e -> fail(e.toString())),
              (ActionFilterChain<SearchRequest, SearchResponse>)
                  (inner, innerAction, innerRequest, innerListener) -> {});
          assertEquals(new TaskId("node", 2), trace.taskOf(leg));
          assertNull("an equal request is another one", trace.taskOf(new SearchRequest()));
          trace.forget(leg);
          assertNull(trace.taskOf(leg));
        });
  }

  /** Says of a profiled search that it took longer. */
  private static final class Slower implements SearchNotes {
    private static final long MORE = 41;

    @Override
    public void tell(SearchHits hits) {}

    @Override
    public SearchResponse profiled(SearchResponse response) {
      return new SearchResponseCopy(response, response.getHits(), Map.of(), null, MORE).response();
    }
  }

  public void testOnlyAProfileSaysWhatWasNoted() {
    for (boolean profile : new boolean[] {true, false}) {
      long took =
          search(
                  task(1),
                  profile,
                  (task, action, request, listener) -> {
                    SearchTrace.current(context).notes(Slower.class, Slower::new);
                    listener.onResponse(nothing());
                  })
              .getTook()
              .millis();
      assertEquals(profile ? 1 + Slower.MORE : 1, took);
    }
  }

  public void testASearchWithoutNotesIsAnsweredAsItIs() {
    SearchResponse response = nothing();
    assertSame(
        response,
        search(task(1), true, (task, action, request, listener) -> listener.onResponse(response)));
  }
}
