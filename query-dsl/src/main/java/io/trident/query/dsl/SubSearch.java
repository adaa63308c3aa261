/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import java.io.IOException;
import java.util.Map;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchType;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.MapXContentParser;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.mapper.DerivedField;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;

/**
 * A search that runs for another one, such as a leg of a fusion: of the request that it is part of
 * it has what decides where is searched, what fields there are, how long and with how much of the
 * cluster it may run; but not what is done with hits.
 */
public final class SubSearch {

  /** Switches search pipelines off: what they do is meant for the hits of the request. */
  static final String NO_PIPELINE = "_none";

  private static final String DERIVED = "derived";

  private SubSearch() {}

  /**
   * Makes a search.
   *
   * @param request the request that it is part of
   * @param query what it searches for
   * @param size how many hits are wanted; what they have is for the caller to say
   */
  public static SearchRequest of(SearchRequest request, QueryBuilder query, int size)
      throws IOException {
    SearchSourceBuilder source =
        new SearchSourceBuilder().query(query).size(size).trackTotalHits(false);
    if (request.source() != null) {
      source.timeout(request.source().timeout());
      source.profile(request.source().profile());
      source.pointInTimeBuilder(request.source().pointInTimeBuilder());
      source.stats(request.source().stats());
      copyDerivedFields(request.source(), source);
    }
    SearchRequest search =
        new SearchRequest(request.indices())
            .source(source)
            .indicesOptions(request.indicesOptions())
            .routing(request.routing())
            .preference(request.preference())
            .searchType(searchType(query))
            .allowPartialSearchResults(false)
            .pipeline(NO_PIPELINE);
    search.setCcsMinimizeRoundtrips(request.isCcsMinimizeRoundtrips());
    search.setCancelAfterTimeInterval(request.getCancelAfterTimeInterval());
    search.setMaxConcurrentShardRequests(request.getMaxConcurrentShardRequests());
    search.setBatchedReduceSize(request.getBatchedReduceSize());
    if (request.getPreFilterShardSize() != null) {
      search.setPreFilterShardSize(request.getPreFilterShardSize());
    }
    return search;
  }

  /** Fields that the request defines, in either form; the one of JSON has no setter. */
  private static void copyDerivedFields(SearchSourceBuilder from, SearchSourceBuilder to)
      throws IOException {
    if (from.getDerivedFieldsObject() != null) {
      try (XContentParser parser =
          new MapXContentParser(
              NamedXContentRegistry.EMPTY,
              DeprecationHandler.THROW_UNSUPPORTED_OPERATION,
              Map.of(DERIVED, from.getDerivedFieldsObject()),
              MediaTypeRegistry.JSON)) {
        to.parseXContent(parser);
      }
    }
    if (from.getDerivedFields() != null) {
      for (DerivedField field : from.getDerivedFields()) {
        to.derivedField(
            field.getName(),
            field.getType(),
            field.getScript(),
            field.getProperties(),
            field.getPrefilterField(),
            field.getFormat(),
            field.getIgnoreMalformed());
      }
    }
  }

  /** Refuses hits that are not of all shards, which would depend on the moment. */
  public static void requireComplete(SearchResponse response) {
    if (response.isTimedOut() || response.getFailedShards() > 0) {
      throw new OpenSearchStatusException(
          "incomplete: timed out [{}], failed shards [{}]",
          RestStatus.GATEWAY_TIMEOUT,
          response.isTimedOut(),
          response.getFailedShards());
    }
  }

  /**
   * Scores that rest on the statistics of an index are computed over all shards, so that a ranking
   * does not depend on how documents are spread.
   */
  private static SearchType searchType(QueryBuilder query) {
    return IndexStatistics.usedBy(query)
        ? SearchType.DFS_QUERY_THEN_FETCH
        : SearchType.QUERY_THEN_FETCH;
  }
}
