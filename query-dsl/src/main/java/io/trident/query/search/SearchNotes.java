/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.search;

import org.opensearch.action.search.SearchResponse;
import org.opensearch.search.SearchHits;

/** What a part of the plugin notes while a search runs, for its response. Thread-safe. */
public interface SearchNotes {

  /** Tells hits of the search what was noted for them. */
  void tell(SearchHits hits);

  /** A response with what was noted for a profile; the response itself if that is nothing. */
  SearchResponse profiled(SearchResponse response);
}
