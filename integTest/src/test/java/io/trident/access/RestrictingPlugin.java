/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.access;

import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.SetOnce;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.index.IndexModule;
import org.opensearch.index.cache.query.DisabledQueryCache;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.ParsedQuery;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.shard.SearchOperationListener;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.rest.RestHeaderDefinition;
import org.opensearch.script.ScriptService;
import org.opensearch.search.internal.SearchContext;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.watcher.ResourceWatcherService;

/** Restricts requests as their header says; see {@link Restriction}. */
public final class RestrictingPlugin extends Plugin implements ActionPlugin {

  /** The header that says how a request is restricted. */
  public static final String HEADER = Restriction.HEADER;

  private final SetOnce<ThreadContext> context = new SetOnce<>();

  @Override
  public Collection<Object> createComponents(
      Client client,
      ClusterService clusterService,
      ThreadPool threadPool,
      ResourceWatcherService resourceWatcherService,
      ScriptService scriptService,
      NamedXContentRegistry xContentRegistry,
      Environment environment,
      NodeEnvironment nodeEnvironment,
      NamedWriteableRegistry namedWriteableRegistry,
      IndexNameExpressionResolver indexNameExpressionResolver,
      Supplier<RepositoriesService> repositoriesServiceSupplier) {
    context.set(threadPool.getThreadContext());
    return List.of();
  }

  @Override
  public Collection<RestHeaderDefinition> getRestHeaders() {
    return List.of(new RestHeaderDefinition(HEADER, false));
  }

  private Restriction restriction() {
    return Restriction.of(context.get());
  }

  @Override
  public void onIndexModule(IndexModule module) {
    if (Restriction.isGuarded(module.getIndex().getName())) {
      module.setReaderWrapper(service -> reader -> RestrictedReader.wrap(reader, restriction()));
      // what one caller's filters match is not for others
      module.forceQueryCacheProvider((settings, cache) -> new DisabledQueryCache(settings));
      module.addSearchOperationListener(new Filtering());
    }
  }

  /** Puts a filter around the query of a shard. */
  private final class Filtering implements SearchOperationListener {
    @Override
    public void onPreQueryPhase(SearchContext search) {
      if (restriction() == Restriction.QUERY) {
        BooleanQuery shown =
            new BooleanQuery.Builder()
                .add(MatchAllDocsQuery.INSTANCE, Occur.FILTER)
                .add(new TermQuery(new Term(Restriction.FIELD, Restriction.HIDDEN)), Occur.MUST_NOT)
                .build();
        search.parsedQuery(
            new ParsedQuery(
                new BooleanQuery.Builder()
                    .add(shown, Occur.FILTER)
                    .add(search.parsedQuery().query(), Occur.MUST)
                    .build()));
        search.preProcess(true);
      }
    }
  }

  @Override
  public List<ActionFilter> getActionFilters() {
    return List.of(new Requests());
  }

  /**
   * Keeps searches out of the cache of requests, and puts a filter into those that are to have it.
   */
  private final class Requests implements ActionFilter {
    @Override
    public int order() {
      return Integer.MIN_VALUE;
    }

    @Override
    public <Q extends ActionRequest, R extends ActionResponse> void apply(
        Task task,
        String action,
        Q request,
        ActionRequestMetadata<Q, R> metadata,
        ActionListener<R> listener,
        ActionFilterChain<Q, R> chain) {
      if (request instanceof SearchRequest search) {
        search.requestCache(false);
        if (restriction() == Restriction.REQUEST
            && context.get().getHeader(Restriction.FILTERED) == null) {
          try (ThreadContext.StoredContext ignored = context.get().newStoredContext(true)) {
            context.get().putHeader(Restriction.FILTERED, "true");
            search.source().query(shown(search.source().query()));
            chain.proceed(task, action, request, listener);
          }
          return;
        }
      }
      chain.proceed(task, action, request, listener);
    }
  }

  private static QueryBuilder shown(QueryBuilder query) {
    BoolQueryBuilder shown =
        QueryBuilders.boolQuery()
            .should(
                QueryBuilders.boolQuery()
                    .mustNot(QueryBuilders.termQuery(Restriction.FIELD, Restriction.HIDDEN)))
            .minimumShouldMatch(1);
    BoolQueryBuilder filtered = QueryBuilders.boolQuery().must(shown.boost(0));
    return query == null ? filtered : filtered.must(query);
  }
}
