/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.SearchResponseSections;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.search.SearchHits;
import org.opensearch.search.aggregations.InternalAggregations;
import org.opensearch.search.internal.InternalSearchResponse;
import org.opensearch.search.profile.ProfileShardResult;
import org.opensearch.search.profile.SearchProfileShardResults;

/**
 * A response that is like another one but for some of its parts.
 *
 * @param original the other one
 * @param hits its hits
 * @param profile the profile of each shard, empty when there is none
 * @param extension what it says more under {@code ext}
 * @param moreMillis how much longer it took
 */
public record SearchResponseCopy(
    SearchResponse original,
    SearchHits hits,
    Map<String, ProfileShardResult> profile,
    SearchExtBuilder extension,
    long moreMillis) {

  /** The response. */
  public SearchResponse response() {
    SearchResponseSections sections = original.getInternalResponse();
    List<SearchExtBuilder> extensions = new ArrayList<>(sections.getSearchExtBuilders());
    extensions.add(extension);
    InternalSearchResponse internal =
        new InternalSearchResponse(
            hits,
            (InternalAggregations) original.getAggregations(),
            original.getSuggest(),
            profile.isEmpty() ? null : new SearchProfileShardResults(profile),
            original.isTimedOut(),
            original.isTerminatedEarly(),
            original.getNumReducePhases(),
            extensions,
            sections.getProcessorResult());
    return new SearchResponse(
        internal,
        original.getScrollId(),
        original.getTotalShards(),
        original.getSuccessfulShards(),
        original.getSkippedShards(),
        original.getTook().millis() + moreMillis,
        original.getPhaseTook(),
        original.getShardFailures(),
        original.getClusters(),
        original.pointInTimeId());
  }
}
