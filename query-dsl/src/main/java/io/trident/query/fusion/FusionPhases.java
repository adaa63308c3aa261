/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TotalHits;
import org.opensearch.index.query.ParsedQuery;
import org.opensearch.index.shard.SearchOperationListener;
import org.opensearch.search.internal.SearchContext;

/**
 * What a fusion needs of the phases of a shard's search. Where its legs are aggregated, a post
 * filter keeps all but the fused documents from the hits; where they are counted, the total becomes
 * their count. Fused documents that no page shows are counted without being looked for. A leg's own
 * search fetches no inner hits and no names of queries, which nobody would read. Stateless.
 */
public final class FusionPhases implements SearchOperationListener {

  @Override
  public void onPreQueryPhase(SearchContext context) {
    FusedDocsQuery fused = fused(context);
    if (fused != null && fused.role() == FusionRole.AGGREGATED && context.size() > 0) {
      context.parsedPostFilter(FusedOnly.of(fused, context.parsedPostFilter()));
    }
  }

  /** A post filter that lets the fused documents through, of those that another one wants. */
  private static final class FusedOnly extends ParsedQuery {
    private final ParsedQuery wanted;

    private FusedOnly(Query query, ParsedQuery wanted) {
      super(query, wanted == null ? Map.of() : wanted.namedFilters());
      this.wanted = wanted;
    }

    static FusedOnly of(FusedDocsQuery fused, ParsedQuery wanted) {
      return new FusedOnly(
          wanted == null ? fused.documents() : both(wanted.query(), fused.documents()), wanted);
    }
  }

  @Override
  public void onQueryPhase(SearchContext context, long tookInNanos) {
    FusedDocsQuery fused = fused(context);
    if (fused != null && isCounted(context, fused)) {
      TotalHits total = new TotalHits(count(context), TotalHits.Relation.EQUAL_TO);
      context.queryResult().topDocs().topDocs.totalHits = total;
      if (context.scrollContext() != null) {
        context.scrollContext().totalHits = total;
      }
    } else if (fused != null
        && fused.others() > 0
        && context.trackTotalHitsUpTo() != SearchContext.TRACK_TOTAL_HITS_DISABLED) {
      TopDocs found = context.queryResult().topDocs().topDocs;
      found.totalHits =
          new TotalHits(found.totalHits.value() + fused.others(), found.totalHits.relation());
    }
  }

  /** A search without hits counts by itself; one with a minimal score wants no others. */
  private static boolean isCounted(SearchContext context, FusedDocsQuery fused) {
    return fused.role().compareTo(FusionRole.COUNTED) >= 0
        && FusionRole.countsAll(context.request().source())
        && context.size() > 0
        && (context.minimumScore() == null || context.minimumScore() <= 0);
  }

  private static int count(SearchContext context) {
    ParsedQuery filter = context.parsedPostFilter();
    ParsedQuery wanted = filter instanceof FusedOnly only ? only.wanted : filter;
    Query all = context.buildFilteredQuery(FusedDocsQuery.withLegs(context.parsedQuery().query()));
    try {
      return context.searcher().count(wanted == null ? all : both(all, wanted.query()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void onPreFetchPhase(SearchContext context) {
    if (context.getSearchExt(LegHits.NAME) != null) {
      context.innerHits().getInnerHits().clear();
      context.parsedQuery(new ParsedQuery(context.parsedQuery().query()));
    }
  }

  private static FusedDocsQuery fused(SearchContext context) {
    return context.parsedQuery() == null ? null : FusedDocsQuery.of(context.parsedQuery().query());
  }

  private static Query both(Query one, Query other) {
    return new BooleanQuery.Builder().add(one, Occur.FILTER).add(other, Occur.FILTER).build();
  }
}
