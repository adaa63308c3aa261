/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.search.RequestCompletion;
import java.util.List;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.search.builder.SearchSourceBuilder;

/**
 * Leaves what is made of the texts of {@code neural_text} fields out of the hits of a query of
 * them, when a search does not say what it wants of {@code _source}. Thread-safe.
 */
public final class NeuralTextSourceFilter extends RequestCompletion {

  @Override
  protected void complete(ActionRequest request) {
    if (request instanceof SearchRequest search) {
      leaveOut(search);
    }
  }

  private static void leaveOut(SearchRequest search) {
    SearchSourceBuilder source = search.source();
    if (source == null || source.query() == null || source.fetchSource() != null) {
      return;
    }
    NeuralTextQueryBuilder query = NeuralTextQueryBuilder.in(source.query());
    List<String> made = query == null ? List.of() : query.companions(search);
    if (made.isEmpty() == false) {
      source.fetchSource(null, made.toArray(String[]::new));
    }
  }
}
