/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.opensearch.action.NoShardAvailableActionException;
import org.opensearch.action.search.SearchPhaseExecutionException;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.ShardSearchFailure;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.node.NodeClosedException;
import org.opensearch.search.SearchContextMissingException;
import org.opensearch.search.builder.PointInTimeBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.internal.InternalSearchResponse;
import org.opensearch.search.internal.ShardSearchContextId;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.transport.ActionNotFoundTransportException;
import org.opensearch.transport.NodeDisconnectedException;
import org.opensearch.transport.NodeNotConnectedException;
import org.opensearch.transport.RemoteTransportException;
import org.opensearch.transport.SendRequestTransportException;

/** Searches that fail, and what becomes of them. */
public class SecondAttemptTests extends OpenSearchTestCase {

  private static final String ACTION = "indices:data/read/search[phase/query]";

  private final SearchRequest search = new SearchRequest("i").source(new SearchSourceBuilder());

  /** How often the search was sent. */
  private int sent;

  private static Exception onShards(Exception... causes) {
    ShardSearchFailure[] failures =
        Arrays.stream(causes).map(ShardSearchFailure::new).toArray(ShardSearchFailure[]::new);
    return new SearchPhaseExecutionException("query", "Partial shards failure", failures);
  }

  /** What becomes of a node that leaves. */
  private static List<Exception> lost() {
    NodeNotConnectedException unconnected = new NodeNotConnectedException(null, "gone");
    return List.of(
        new NodeDisconnectedException(null, ACTION),
        unconnected,
        new SendRequestTransportException(null, ACTION, unconnected),
        new RemoteTransportException(
            "node", null, ACTION, new NodeClosedException((DiscoveryNode) null)),
        new SearchContextMissingException(new ShardSearchContextId("session", 7)),
        new NoShardAvailableActionException(new ShardId("i", "_na_", 0)));
  }

  /** The response, when a search fails with these one after the other. */
  private SearchResponse send(Exception... failures) {
    sent = 0;
    PlainActionFuture<SearchResponse> response = PlainActionFuture.newFuture();
    SecondAttempt.send(
        search,
        (request, listener) -> {
          assertSame(search, request);
          Exception failure = sent < failures.length ? failures[sent] : null;
          sent++;
          if (failure == null) {
            listener.onResponse(found());
          } else {
            listener.onFailure(failure);
          }
        },
        response);
    return response.actionGet();
  }

  private static SearchResponse found() {
    return new SearchResponse(
        InternalSearchResponse.empty(),
        null,
        1,
        1,
        0,
        1,
        ShardSearchFailure.EMPTY_ARRAY,
        SearchResponse.Clusters.EMPTY);
  }

  public void testASearchIsSentAgainWhenNodesLeft() {
    for (Exception failure : lost()) {
      assertNotNull(send(onShards(failure)));
      assertEquals(failure.toString(), 2, sent);
    }
    assertNotNull(send(onShards(lost().toArray(Exception[]::new))));
    assertEquals(2, sent);
    assertNotNull(send());
    assertEquals(1, sent);
  }

  public void testASearchIsSentAgainWhenAPhaseFoundNoNode() {
    for (Exception failure : lost()) {
      assertNotNull(
          send(
              new SearchPhaseExecutionException(
                  "dfs_query", "", failure, ShardSearchFailure.EMPTY_ARRAY)));
      assertEquals(failure.toString(), 2, sent);
    }
    Exception other =
        new SearchPhaseExecutionException("dfs_query", "", null, ShardSearchFailure.EMPTY_ARRAY);
    assertSame(other, expectThrows(SearchPhaseExecutionException.class, () -> send(other)));
    assertEquals(1, sent);
  }

  public void testASearchIsSentAgainOnce() {
    Exception second = onShards(randomFrom(lost()));
    Exception failed =
        expectThrows(
            SearchPhaseExecutionException.class, () -> send(onShards(randomFrom(lost())), second));
    assertSame(second, failed);
    assertEquals(2, sent);
  }

  public void testASearchThatFailsByItselfIsNotSentAgain() {
    List<Exception> others = new ArrayList<>();
    others.add(new IllegalArgumentException("no such field"));
    others.add(new OpenSearchRejectedExecutionException("busy"));
    others.add(new TaskCancelledException("ended"));
    others.add(new ActionNotFoundTransportException(ACTION));
    for (Exception other : others) {
      assertFails(onShards(other));
      assertFails(onShards(randomFrom(lost()), other));
      assertFails(other);
    }
    assertFails(onShards());
    assertFails(new IllegalStateException("a leg's", onShards(randomFrom(lost()))));
    assertFails(new IOException("cut"));
  }

  private void assertFails(Exception failure) {
    expectThrows(Exception.class, () -> send(failure));
    assertEquals(failure.toString(), 1, sent);
  }

  public void testAPointInTimeIsLostWithItsNode() {
    search.source().pointInTimeBuilder(new PointInTimeBuilder("id"));
    assertFails(onShards(randomFrom(lost())));
  }

  public void testTheSecondHasTheTimeThatTheFirstLeft() {
    search.source().timeout(TimeValue.timeValueHours(1));
    assertNotNull(send(onShards(randomFrom(lost()))));
    long left = search.source().timeout().nanos();
    assertTrue(search.source().timeout().toString(), left < TimeValue.timeValueHours(1).nanos());
    assertTrue(search.source().timeout().toString(), left > TimeValue.timeValueMinutes(30).nanos());
    search.source().timeout(TimeValue.timeValueNanos(1));
    assertFails(onShards(randomFrom(lost())));
    search.source().timeout(TimeValue.MINUS_ONE);
    assertNotNull(send(onShards(randomFrom(lost()))));
    assertEquals(TimeValue.MINUS_ONE, search.source().timeout());
  }

  public void testASearchThatMayNotStartAgainFails() {
    PlainActionFuture<SearchResponse> response = PlainActionFuture.newFuture();
    SecondAttempt.send(
        search,
        (request, listener) -> {
          if (sent++ > 0) {
            throw new TaskCancelledException("ended");
          }
          listener.onFailure(onShards(randomFrom(lost())));
        },
        response);
    expectThrows(TaskCancelledException.class, response::actionGet);
  }
}
