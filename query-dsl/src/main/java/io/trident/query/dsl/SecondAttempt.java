/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.search.SearchPhaseExecutionException;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.ShardSearchFailure;
import org.opensearch.action.support.TransportActions;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.node.NodeClosedException;
import org.opensearch.search.SearchContextMissingException;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.ConnectTransportException;

/**
 * Sends a search that runs for another one, and once more when all that it failed for is that nodes
 * left. OpenSearch asks another copy of a shard in the first phase of a search alone: a node that
 * leaves later fails the search, though all of its documents are elsewhere, too. Where they are
 * not, the second attempt fails at once.
 */
public final class SecondAttempt {

  /** Starts a search, which answers a listener. */
  public interface Sender {

    /** Starts a search. */
    void send(SearchRequest search, ActionListener<SearchResponse> listener);
  }

  private SecondAttempt() {}

  /**
   * Sends a search.
   *
   * @param search nobody else's: the second attempt has the time that the first has left of it
   * @param listener hears of the second attempt alone, when there is one
   */
  public static void send(
      SearchRequest search, Sender sender, ActionListener<SearchResponse> listener) {
    long start = System.nanoTime();
    sender.send(
        search,
        ActionListener.delegateResponse(
            listener,
            (answer, failure) -> {
              if (isOfLostNodes(failure, search) && hasTime(search, System.nanoTime() - start)) {
                sendAgain(search, sender, answer);
              } else {
                answer.onFailure(failure);
              }
            }));
  }

  /** A search whose parent has been cancelled meanwhile does not even start. */
  private static void sendAgain(
      SearchRequest search, Sender sender, ActionListener<SearchResponse> listener) {
    try {
      sender.send(search, listener);
    } catch (RuntimeException e) {
      listener.onFailure(e);
    }
  }

  /** A point in time holds the readers of single nodes, and is lost with them. */
  private static boolean isOfLostNodes(Exception failure, SearchRequest search) {
    return ExceptionsHelper.unwrapCause(failure) instanceof SearchPhaseExecutionException failed
        && search.pointInTimeBuilder() == null
        && causes(failed).allMatch(SecondAttempt::isOfALostNode);
  }

  /** Those of the shards, or that of a phase which could not ask a single one. */
  private static Stream<Throwable> causes(SearchPhaseExecutionException failed) {
    return failed.shardFailures().length == 0
        ? Stream.of(failed.getCause())
        : Arrays.stream(failed.shardFailures()).map(ShardSearchFailure::getCause);
  }

  private static boolean isOfALostNode(Throwable cause) {
    return TransportActions.isShardNotAvailableException(cause)
        || ExceptionsHelper.unwrap(
                cause,
                ConnectTransportException.class,
                NodeClosedException.class,
                SearchContextMissingException.class)
            != null;
  }

  /** Takes what is gone from the search's time; false when nothing is left. */
  private static boolean hasTime(SearchRequest search, long goneNanos) {
    SearchSourceBuilder source = search.source();
    if (source.timeout() == null || source.timeout().nanos() < 0) {
      return true;
    }
    long left = source.timeout().nanos() - goneNanos;
    source.timeout(new TimeValue(Math.max(left, 0), TimeUnit.NANOSECONDS));
    return left > 0;
  }
}
