/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.TotalHits;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionType;
import org.opensearch.action.admin.cluster.node.tasks.cancel.CancelTasksRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.ShardSearchFailure;
import org.opensearch.common.CheckedFunction;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.index.Index;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;
import org.opensearch.search.SearchShardTarget;
import org.opensearch.search.internal.InternalSearchResponse;
import org.opensearch.test.client.NoOpClient;

/**
 * Answers searches as a test says, and keeps what was searched. If a test says nothing, any search
 * finds documents 0 to 4 with scores of 5 to 1.
 */
final class LegClient extends NoOpClient {

  /** How many documents a search finds. */
  static final int FOUND = 5;

  final List<SearchRequest> searches = new ArrayList<>();

  /** The tasks that were to be cancelled. */
  final List<TaskId> cancelled = new ArrayList<>();

  /** The response of a search, or what it fails with; null for one that runs until it is ended. */
  CheckedFunction<SearchRequest, SearchResponse, Exception> answer;

  private final Index index;
  private final List<ActionListener<?>> running = new ArrayList<>();

  LegClient(String name, Index index) {
    super(name);
    this.index = index;
    this.answer = search -> found();
  }

  @Override
  @SuppressWarnings("unchecked") // a search is answered with a search's response
  protected <Request extends ActionRequest, Response extends ActionResponse> void doExecute(
      ActionType<Response> action, Request request, ActionListener<Response> listener) {
    if (request instanceof CancelTasksRequest cancel) {
      cancelled.add(cancel.getTaskId());
      running.forEach(search -> search.onFailure(new TaskCancelledException("ended")));
      return;
    }
    searches.add((SearchRequest) request);
    Response response;
    try {
      response = (Response) answer.apply((SearchRequest) request);
    } catch (Exception e) {
      listener.onFailure(e);
      return;
    }
    if (response == null) {
      running.add(listener);
    } else {
      listener.onResponse(response);
    }
  }

  SearchResponse found() {
    SearchHit[] hits = new SearchHit[FOUND];
    for (int i = 0; i < hits.length; i++) {
      hits[i] = hit(Integer.toString(i), hits.length - i);
    }
    return response(hits);
  }

  /** A hit of a leg's search. */
  SearchHit hit(String id, float score) {
    SearchHit hit = new SearchHit(0, null, Map.of(), Map.of());
    LegHits.set(hit, id);
    hit.score(score);
    hit.shard(new SearchShardTarget("node", new ShardId(index, 0), null, null));
    return hit;
  }

  /** The response of the one shard. */
  SearchResponse response(SearchHit... hits) {
    return response(false, 0, hits);
  }

  SearchResponse response(boolean timedOut, int failedShards, SearchHit... hits) {
    return response(timedOut, failedShards, SearchResponse.Clusters.EMPTY, hits);
  }

  SearchResponse response(
      boolean timedOut, int failedShards, SearchResponse.Clusters clusters, SearchHit... hits) {
    TotalHits total = new TotalHits(hits.length, TotalHits.Relation.EQUAL_TO);
    ShardSearchFailure[] failures = new ShardSearchFailure[failedShards];
    for (int i = 0; i < failedShards; i++) {
      failures[i] = new ShardSearchFailure(new IllegalStateException("lost"));
    }
    return new SearchResponse(
        new InternalSearchResponse(
            new SearchHits(hits, total, hits.length), null, null, null, timedOut, null, 1),
        null,
        1 + failedShards,
        1,
        0,
        1,
        failures,
        clusters);
  }
}
