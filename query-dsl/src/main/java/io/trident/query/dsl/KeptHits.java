/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.query.lucene.LearnedSparseQuery;
import java.util.function.BooleanSupplier;
import org.opensearch.index.query.ParsedQuery;
import org.opensearch.index.shard.SearchOperationListener;
import org.opensearch.search.internal.SearchContext;
import org.opensearch.search.rescore.RescoreContext;

/**
 * Tells a {@code learned_sparse} query that is the whole of a shard's search how many hits are
 * kept, so that it can estimate a threshold before it starts ({@link LearnedSparseQuery#keeping}).
 * It does nothing where the best hits by score are not what is asked for: under a post filter, a
 * sort, a collapse, a scroll or a page after a hit. Another plugin's listener may put a filter
 * around the query afterwards, as for documents that the user may not see; then no estimate is made
 * either. Stateless.
 */
public final class KeptHits implements SearchOperationListener {

  @Override
  public void onPreQueryPhase(SearchContext context) {
    if (context.query() instanceof LearnedSparseQuery query && keepsBestByScore(context)) {
      ParsedQuery parsed = context.parsedQuery();
      BooleanSupplier whole = () -> context.query() instanceof LearnedSparseQuery;
      context.parsedQuery(new ParsedQuery(query.keeping(hits(context), whole), parsed));
    }
  }

  private static boolean keepsBestByScore(SearchContext context) {
    return context.size() > 0
        && context.sort() == null
        && context.searchAfter() == null
        && context.collapse() == null
        && context.scrollContext() == null
        && context.parsedPostFilter() == null;
  }

  private static int hits(SearchContext context) {
    int hits = context.from() + context.size();
    for (RescoreContext rescore : context.rescore()) {
      hits = Math.max(hits, rescore.getWindowSize());
    }
    return hits;
  }
}
