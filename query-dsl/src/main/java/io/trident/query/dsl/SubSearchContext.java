/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import org.opensearch.action.search.SearchRequest;
import org.opensearch.index.query.BaseQueryRewriteContext;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.transport.client.Client;

/**
 * In which the query of a search that runs for another one is rewritten, before it is sent. It
 * shares no list of what is under way with that of the request, which is not for several threads.
 */
public final class SubSearchContext extends QueryCoordinatorContext {

  private final QueryBuilder query;

  /**
   * Makes one.
   *
   * @param context that of the request
   * @param query what is rewritten
   */
  public SubSearchContext(
      QueryRewriteContext context, Client client, SearchRequest request, QueryBuilder query) {
    super(
        new BaseQueryRewriteContext(
            context.getXContentRegistry(),
            context.getWriteableRegistry(),
            client,
            context::nowInMillis),
        request);
    this.query = query;
  }

  /** The whole query that is being rewritten in a context, or null outside of a search. */
  static QueryBuilder queryOf(QueryRewriteContext context) {
    if (context instanceof SubSearchContext sub) {
      return sub.query;
    }
    SearchRequest search = searchOf(context);
    return search == null || search.source() == null ? null : search.source().query();
  }

  /** The search of the request, or null outside of one. */
  static SearchRequest searchOf(QueryRewriteContext context) {
    QueryCoordinatorContext coordinator = context.convertToCoordinatorContext();
    return coordinator != null && coordinator.getSearchRequest() instanceof SearchRequest search
        ? search
        : null;
  }
}
