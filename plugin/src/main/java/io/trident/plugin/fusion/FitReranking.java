/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import io.trident.query.fusion.DocKey;
import io.trident.query.rerank.CrossEncoderExtBuilder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;

/** Has a cross-encoder score documents for the queries of a fit, in a search by ids for each. */
final class FitReranking implements ConcurrentSearches.Answers {

  /** The largest window: the documents of two windows are scored in one search. */
  static final int MAX_WINDOW = CrossEncoderExtBuilder.MAX_WINDOW / 2;

  private final List<ConcurrentSearches.Search> searches = new ArrayList<>();
  private final List<Integer> queries = new ArrayList<>();
  private final Map<Integer, Map<DocKey, Float>> scores = new ConcurrentHashMap<>();
  private final Progress progress;

  /** Told how many queries have been scored. */
  interface Progress {

    /**
     * Called after each.
     *
     * @param done how many have ended
     */
    void at(int done);
  }

  /** Scores nothing yet. */
  FitReranking(Progress progress) {
    this.progress = progress;
  }

  /**
   * Adds a query.
   *
   * @param like the query's own search
   * @param documents those to score
   */
  void add(
      String name,
      SearchRequest like,
      CrossEncoderExtBuilder.Options options,
      Collection<DocKey> documents) {
    int query = scores.size();
    scores.put(query, Map.of());
    if (documents.isEmpty()) {
      return;
    }
    SearchSourceBuilder source =
        new SearchSourceBuilder()
            .query(byId(documents))
            .size(documents.size())
            .fetchSource(false)
            .trackTotalHits(false)
            .ext(List.of(new CrossEncoderExtBuilder(List.of(alone(options, documents.size())))));
    SearchRequest request =
        new SearchRequest(like.indices())
            .source(source)
            .allowPartialSearchResults(false)
            .requestCache(false);
    request.setParentTask(like.getParentTask());
    searches.add(new ConcurrentSearches.Search(name, request));
    queries.add(query);
  }

  private static BoolQueryBuilder byId(Collection<DocKey> documents) {
    BoolQueryBuilder query = QueryBuilders.boolQuery();
    documents.stream()
        .collect(Collectors.groupingBy(DocKey::index))
        .forEach(
            (index, some) ->
                query.should(
                    QueryBuilders.boolQuery()
                        .filter(QueryBuilders.termQuery("_index", index))
                        .filter(
                            QueryBuilders.idsQuery()
                                .addIds(some.stream().map(DocKey::id).toArray(String[]::new)))));
    return query;
  }

  /** The cross-encoder without the search's own score and without haste. */
  private static CrossEncoderExtBuilder.Options alone(
      CrossEncoderExtBuilder.Options options, int documents) {
    return new CrossEncoderExtBuilder.Options(
        options.query(),
        options.fields(),
        options.model(),
        documents,
        options.passageTokens(),
        options.passageCount(),
        0f,
        null,
        false);
  }

  /** Scores, and gives the scores of each query. */
  void run(Client client, ActionListener<List<Map<DocKey, Float>>> listener) {
    if (searches.isEmpty()) {
      listener.onResponse(all());
    } else {
      new ConcurrentSearches(client, searches, this)
          .run(ActionListener.map(listener, done -> all()));
    }
  }

  private List<Map<DocKey, Float>> all() {
    return IntStream.range(0, scores.size()).mapToObj(scores::get).toList();
  }

  @Override
  public void take(int search, SearchResponse response) {
    Map<DocKey, Float> scored = new HashMap<>();
    for (SearchHit hit : response.getHits().getHits()) {
      scored.put(DocKey.of(hit), hit.getScore());
    }
    scores.put(queries.get(search), scored);
  }

  @Override
  public void progress(int done, int all) {
    progress.at(done + scores.size() - all);
  }
}
