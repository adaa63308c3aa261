/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.models.api.Excerpt;
import io.trident.query.mapper.VectorFieldType;
import io.trident.query.search.SearchTrace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.GroupedActionListener;
import org.opensearch.common.document.DocumentField;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.query.IdsQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;

/**
 * Reads the vectors of documents from the index, as whoever searches: what may not be seen is as if
 * it were not there.
 *
 * @param field whose vectors are read
 * @param search the search that they are read for
 */
record StoredVectors(String field, SearchRequest search) {

  /** The most documents that are read of a list; an id may be that of several, in other indices. */
  private static final int MAX_FOUND = 100;

  /**
   * Reads documents.
   *
   * @param listener gets the values of each document that is found, which may be several
   */
  void read(
      Client client,
      List<LikedDocument> documents,
      ActionListener<Map<LikedDocument, List<Object>>> listener) {
    Map<String, List<LikedDocument>> byIndex = new LinkedHashMap<>();
    documents.forEach(
        document ->
            byIndex.computeIfAbsent(document.index(), index -> new ArrayList<>()).add(document));
    GroupedActionListener<Map<LikedDocument, List<Object>>> all =
        new GroupedActionListener<>(
            ActionListener.map(
                listener,
                parts -> {
                  Map<LikedDocument, List<Object>> values = new HashMap<>();
                  parts.forEach(values::putAll);
                  return values;
                }),
            byIndex.size());
    byIndex.forEach(
        (index, some) ->
            SecondAttempt.send(
                search(index, some),
                client::search,
                ActionListener.map(all, found -> values(some, found))));
  }

  /**
   * Reads what a search finds.
   *
   * @param count how many documents are read
   * @param listener gets the values of each document that has any, the best document first
   */
  void find(
      Client client, QueryBuilder query, int count, ActionListener<List<List<Object>>> listener)
      throws IOException {
    SearchRequest reading = SubSearch.of(search, query, count);
    reading.source().fetchSource(false).fetchField(field, VectorFieldType.STORED);
    SearchTrace trace = SearchTrace.current(client.threadPool().getThreadContext());
    reading.setParentTask(trace == null ? search.getParentTask() : trace.taskId());
    SecondAttempt.send(reading, client::search, ActionListener.map(listener, this::values));
  }

  private List<List<Object>> values(SearchResponse response) {
    SubSearch.requireComplete(response);
    return Arrays.stream(response.getHits().getHits())
        .map(hit -> hit.field(field))
        .filter(Objects::nonNull)
        .map(DocumentField::getValues)
        .toList();
  }

  private SearchRequest search(String index, List<LikedDocument> documents) {
    IdsQueryBuilder ids =
        new IdsQueryBuilder()
            .addIds(documents.stream().map(LikedDocument::id).distinct().toArray(String[]::new));
    SearchSourceBuilder source =
        new SearchSourceBuilder()
            .query(ids)
            .size(MAX_FOUND)
            .trackTotalHits(false)
            .fetchSource(false)
            .fetchField(field, VectorFieldType.STORED);
    if (index == null && search.source() != null) {
      source.pointInTimeBuilder(search.source().pointInTimeBuilder());
    }
    SearchRequest reading =
        new SearchRequest(index == null ? search.indices() : new String[] {index})
            .source(source)
            .allowPartialSearchResults(false)
            .pipeline(SubSearch.NO_PIPELINE);
    if (index == null) {
      reading.indicesOptions(search.indicesOptions());
    }
    reading.setParentTask(search.getParentTask());
    return reading;
  }

  private Map<LikedDocument, List<Object>> values(
      List<LikedDocument> documents, SearchResponse response) {
    Map<String, List<Object>> byId = new HashMap<>();
    for (SearchHit hit : response.getHits().getHits()) {
      DocumentField vectors = hit.field(field);
      if (vectors != null) {
        byId.computeIfAbsent(hit.getId(), id -> new ArrayList<>()).addAll(vectors.getValues());
      }
    }
    Map<LikedDocument, List<Object>> values = new HashMap<>();
    documents.forEach(
        document -> values.put(document, byId.getOrDefault(document.id(), List.of())));
    return values;
  }

  /** The numbers of a list. */
  static float[] numbers(Object value) {
    List<?> list = list(value);
    float[] numbers = new float[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = number(list.get(i));
    }
    return numbers;
  }

  static float number(Object value) {
    return as(Number.class, value).floatValue();
  }

  static List<?> list(Object value) {
    return as(List.class, value);
  }

  static Map<?, ?> map(Object value) {
    return as(Map.class, value);
  }

  /** The vector of a field of another type is none that the query can search by. */
  private static <T> T as(Class<T> type, Object value) {
    if (type.isInstance(value)) {
      return type.cast(value);
    }
    throw new IllegalArgumentException(
        "["
            + LikedDocument.NAME
            + "] and ["
            + Feedback.NAME
            + "] must find vectors in a field of the type that the query searches, got ["
            + Excerpt.of(value)
            + "]");
  }
}
