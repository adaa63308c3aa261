/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.budget;

import io.trident.query.search.SearchNotes;
import io.trident.query.search.SearchTrace;
import java.util.concurrent.atomic.AtomicReference;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.search.SearchHits;

/** What the searches that run for one count. Thread-safe. */
final class BudgetNotes implements SearchNotes {

  private final AtomicReference<ScoredCount> inner = new AtomicReference<>(ScoredCount.NONE);

  /** The notes of a search. */
  static BudgetNotes of(SearchTrace search) {
    return search.notes(BudgetNotes.class, BudgetNotes::new);
  }

  /** Notes the count of a search that ran for this one. */
  void add(ScoredCount count) {
    inner.accumulateAndGet(count, ScoredCount::plus);
  }

  /** The count of the search itself and of all that ran for it. */
  ScoredCount total(ScoredCount own) {
    return own.plus(inner.get());
  }

  @Override
  public void tell(SearchHits hits) {}

  @Override
  public SearchResponse profiled(SearchResponse response) {
    return response;
  }
}
