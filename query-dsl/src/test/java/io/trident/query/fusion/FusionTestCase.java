/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.QueriesPlugin;
import java.io.IOException;
import java.util.List;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.index.Index;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.BaseQueryRewriteContext;
import org.opensearch.index.query.MatchAllQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.index.query.Rewriteable;
import org.opensearch.search.SearchModule;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.test.OpenSearchTestCase;

/** Fusions on their coordinating node, over the answers of a {@link LegClient}. */
public abstract class FusionTestCase extends OpenSearchTestCase {

  static final Index INDEX = new Index("library", "_na_");

  private final SearchModule search =
      new SearchModule(Settings.EMPTY, List.of(new QueriesPlugin()));

  @Override
  protected NamedXContentRegistry xContentRegistry() {
    return new NamedXContentRegistry(search.getNamedXContents());
  }

  @Override
  protected NamedWriteableRegistry writableRegistry() {
    return new NamedWriteableRegistry(search.getNamedWriteables());
  }

  QueryBuilder parse(String json) throws IOException {
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, json)) {
      return AbstractQueryBuilder.parseInnerQueryBuilder(parser);
    }
  }

  LegClient client() {
    return new LegClient(getTestName(), INDEX);
  }

  static SearchRequest request(QueryBuilder query) {
    return new SearchRequest(INDEX.getName()).source(new SearchSourceBuilder().query(query));
  }

  /** A leg that matches all. */
  static FusionLeg leg(String name) {
    return new FusionLeg(name, 1, new MatchAllQueryBuilder());
  }

  /** The request's query as its coordinating node rewrites it. */
  QueryBuilder coordinate(SearchRequest request, LegClient client) {
    PlainActionFuture<QueryBuilder> rewritten = PlainActionFuture.newFuture();
    Rewriteable.rewriteAndFetch(
        request.source().query(),
        new QueryCoordinatorContext(
            new BaseQueryRewriteContext(xContentRegistry(), writableRegistry(), client, () -> 0L),
            request),
        rewritten);
    return rewritten.actionGet();
  }

  /** What a fusion becomes, whole. */
  FusedRanking fused(QueryBuilder query, LegClient client) {
    SearchRequest request = request(query);
    request.source().size(1).minScore(0); // which documents behind the page may be below
    return ((FusedDocsQueryBuilder) coordinate(request, client)).ranking();
  }

  /** The ids of a ranking's documents, best first. */
  static List<String> ids(FusedRanking ranking) {
    return ranking.documents().stream().map(document -> document.key().id()).toList();
  }
}
