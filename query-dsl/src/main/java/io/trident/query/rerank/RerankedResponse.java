/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.rerank;

import io.trident.query.search.SearchResponseCopy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;

/** A response on its way through the stages of reranking. Not thread-safe. */
final class RerankedResponse {

  private final SearchResponse search;
  private final UnaryOperator<SearchHit[]> page;
  private final Set<String> ours;
  private final List<CrossEncoderReport.Stage> stages = new ArrayList<>();
  private SearchHit[] ranking;
  private boolean isReranked;
  private long tookMillis;

  /**
   * The response before the first stage.
   *
   * @param page cuts the page that was asked for
   * @param ours fields of hits that only the reranking asked for
   */
  RerankedResponse(SearchResponse search, UnaryOperator<SearchHit[]> page, Set<String> ours) {
    this.search = search;
    this.page = page;
    this.ours = ours;
    this.ranking = search.getHits().getHits();
  }

  SearchHit[] ranking() {
    return ranking;
  }

  /**
   * Takes over what came of a stage.
   *
   * @param scores of the first hits, or null when the model failed
   * @param failure why it failed, or null
   */
  void take(Reranking stage, float[] scores, Throwable failure, long nanos) {
    long millis = TimeUnit.NANOSECONDS.toMillis(nanos);
    stages.add(stage.report(scores, failure, millis));
    tookMillis += millis;
    if (scores != null) {
      ranking = stage.rank(scores);
      isReranked = true;
    }
  }

  /** The response to send. */
  SearchResponse response() {
    for (SearchHit hit : ranking) {
      ours.forEach(hit::removeDocumentField);
    }
    SearchHits old = search.getHits();
    SearchHits hits =
        new SearchHits(
            page.apply(ranking),
            old.getTotalHits(),
            isReranked && ranking.length > 0 ? ranking[0].getScore() : old.getMaxScore(),
            old.getSortFields(),
            old.getCollapseField(),
            old.getCollapseValues());
    return new SearchResponseCopy(
            search, hits, search.getProfileResults(), new CrossEncoderReport(stages), tookMillis)
        .response();
  }
}
