/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.query.lucene.BlockCounts;
import io.trident.query.lucene.BlockCounts.Count;
import io.trident.query.lucene.LearnedSparseQuery;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.opensearch.search.internal.ContextIndexSearcher;
import org.opensearch.search.internal.SearchContext;
import org.opensearch.search.profile.AbstractProfileBreakdown;
import org.opensearch.search.profile.ContextualProfileBreakdown;
import org.opensearch.search.profile.ProfileMetric;
import org.opensearch.search.profile.query.QueryProfiler;

/**
 * Shows in the profile of a search how many blocks and documents a {@code learned_sparse} query
 * scored: one metric a {@link Count}. Not thread-safe: one thread searches a segment.
 */
public final class BlockMetric extends ProfileMetric {

  private long value;

  private BlockMetric(Count what) {
    super(name(what));
  }

  private static String name(Count what) {
    return "impact_" + what.name().toLowerCase(Locale.ROOT);
  }

  /** The metrics of a query: none of one that is not ours. */
  public static Collection<Supplier<ProfileMetric>> of(SearchContext context, Query query) {
    return query instanceof LearnedSparseQuery
        ? Arrays.stream(Count.values())
            .<Supplier<ProfileMetric>>map(what -> () -> new BlockMetric(what))
            .toList()
        : List.of();
  }

  /** The metrics of a query in a segment, when the search is profiled. */
  static final class OfProfile implements BlockCounts.Source {

    @Override
    public boolean areAsked(IndexSearcher searcher) {
      return searcher instanceof ContextIndexSearcher shard && shard.getProfiler() != null;
    }

    @Override
    public BlockCounts of(IndexSearcher searcher, Query query, LeafReaderContext leaf) {
      if (searcher instanceof ContextIndexSearcher shard
          && shard.getProfiler() != null
          && breakdown(shard.getProfiler(), query)
              instanceof ContextualProfileBreakdown breakdown) {
        return counts(breakdown.context(leaf));
      }
      return BlockCounts.NONE;
    }
  }

  private static BlockCounts counts(AbstractProfileBreakdown segment) {
    Map<Count, BlockMetric> metrics = new EnumMap<>(Count.class);
    for (Count what : Count.values()) {
      if (segment.getMetric(name(what)) instanceof BlockMetric metric) {
        metrics.put(what, metric);
      }
    }
    return metrics.isEmpty() ? BlockCounts.NONE : (what, count) -> metrics.get(what).value += count;
  }

  /**
   * The breakdown of a query, or null: one inside of a query that makes its weight without the
   * searcher, as a boost or a function score does, has none, which the profiler does not tell
   * otherwise.
   */
  private static AbstractProfileBreakdown breakdown(QueryProfiler profiler, Query query) {
    try {
      return profiler.getProfileBreakdown(query);
    } catch (IndexOutOfBoundsException e) {
      return null;
    }
  }

  @Override
  public Map<String, Long> toBreakdownMap() {
    return Map.of(getName(), value);
  }
}
