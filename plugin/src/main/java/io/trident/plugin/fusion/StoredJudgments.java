/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.dsl.OptionParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;

/**
 * Judgments that a document of an index holds, as the Search Relevance plugin lays them out: {@code
 * {"name": …, "judgmentRatings": [{"query": …, "ratings": [{"docId": …, "rating": …}]}]}}.
 *
 * @param index where the document is
 * @param id its {@code _id}, or null
 * @param name what it says under {@code name}, or null; without both it must be the only one
 */
record StoredJudgments(String index, String id, String name) {

  private static final OptionParser READER = new OptionParser("[judgments]");

  /** More documents that match a name in part than there are. */
  private static final int MAX_CANDIDATES = 100;

  /** Reads where judgments are; the parser stands on the object. */
  static StoredJudgments parse(XContentParser parser) throws IOException {
    String[] read = new String[3];
    List<String> keys = List.of("index", "id", "name");
    READER.parse(
        parser,
        (key, value) -> {
          int place = keys.indexOf(key);
          if (place >= 0) {
            read[place] = READER.string(value);
          }
          return place >= 0;
        });
    if (read[0] == null) {
      throw new IllegalArgumentException(
          READER.owner() + " must be an array, or have the [index] that holds them");
    }
    return new StoredJudgments(read[0], read[1], read[2]);
  }

  /** Reads the judgments with the rights of the caller. */
  void read(Client client, TaskId parent, ActionListener<List<JudgmentParser.Judgment>> listener) {
    SearchRequest search =
        new SearchRequest(index)
            .source(new SearchSourceBuilder().query(query()).size(MAX_CANDIDATES))
            .allowPartialSearchResults(false);
    search.setParentTask(parent);
    client.search(search, ActionListener.delegateFailure(listener, this::answer));
  }

  private QueryBuilder query() {
    if (id != null) {
      return QueryBuilders.idsQuery().addIds(id);
    }
    return name == null
        ? QueryBuilders.matchAllQuery()
        : QueryBuilders.matchPhraseQuery("name", name);
  }

  private void answer(
      ActionListener<List<JudgmentParser.Judgment>> listener, SearchResponse response) {
    ActionListener.completeWith(listener, () -> judgments(response));
  }

  private List<JudgmentParser.Judgment> judgments(SearchResponse response) throws IOException {
    List<SearchHit> found =
        Arrays.stream(response.getHits().getHits())
            .filter(hit -> name == null || name.equals(hit.getSourceAsMap().get("name")))
            .toList();
    if (found.size() != 1) {
      throw new OpenSearchStatusException(
          "{} must name one document of index [{}] by its [id] or [name], got [{}]",
          found.isEmpty() ? RestStatus.NOT_FOUND : RestStatus.BAD_REQUEST,
          READER.owner(),
          Excerpt.of(index),
          found.size());
    }
    try (XContentParser parser =
        JsonXContent.jsonXContent.createParser(
            NamedXContentRegistry.EMPTY,
            LoggingDeprecationHandler.INSTANCE,
            found.get(0).getSourceAsString())) {
      parser.nextToken();
      List<JudgmentParser.Judgment> judgments = new ArrayList<>();
      READER.parse(
          parser,
          (key, value) -> {
            if (key.equals("judgmentRatings")) {
              judgments.addAll(FitBody.judgments(value));
            } else {
              value.skipChildren();
            }
            return true;
          });
      return judgments;
    }
  }
}
