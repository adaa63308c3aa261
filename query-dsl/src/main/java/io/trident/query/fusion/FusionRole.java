/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.Objects;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.internal.SearchContext;

/**
 * What a fusion is to its search, which decides what matches beside the fused documents. Hits are
 * the fused documents in every role.
 */
enum FusionRole {

  /** A part: of another query, of a rescorer, a post filter, an aggregation or a fusion. */
  PART,

  /** The whole query. A shard without fused documents has nothing to do. */
  WHOLE,

  /** The whole query, and all that a leg matches is to be counted in the total. */
  COUNTED,

  /** The whole query, and all that a leg matches is to be aggregated. */
  AGGREGATED;

  /** The role of a fusion in a search, before either is rewritten. */
  static FusionRole of(QueryBuilder fusion, SearchSourceBuilder source) {
    if (source == null || source.query() != fusion) {
      return PART;
    }
    if (source.aggregations() != null || (countsAll(source) && source.size() == 0)) {
      return AGGREGATED;
    }
    return countsAll(source) ? COUNTED : WHOLE;
  }

  /** Whether a search asks for an exact total. */
  static boolean countsAll(SearchSourceBuilder source) {
    return Objects.equals(source.trackTotalHitsUpTo(), SearchContext.TRACK_TOTAL_HITS_ACCURATE);
  }
}
