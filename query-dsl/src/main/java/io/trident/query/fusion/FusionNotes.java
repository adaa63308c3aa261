/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.search.SearchNotes;
import io.trident.query.search.SearchResponseCopy;
import io.trident.query.search.SearchTrace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.search.SearchHits;
import org.opensearch.search.profile.ProfileShardResult;

/** What the fusions of a search note for its response. Thread-safe. */
final class FusionNotes implements SearchNotes {

  private final ConcurrentLinkedQueue<Answered> answers = new ConcurrentLinkedQueue<>();

  private final List<HitScores> scores = Collections.synchronizedList(new ArrayList<>());

  /** A leg and its answer. */
  private record Answered(LegReport leg, SearchResponse response) {}

  /** The notes of a search. */
  static FusionNotes of(SearchTrace search) {
    return search.notes(FusionNotes.class, FusionNotes::new);
  }

  /** Notes what a leg did. */
  void answered(LegReport leg, SearchResponse response) {
    answers.add(new Answered(leg, response));
  }

  /**
   * Where a fusion says what hits are to be told of it; hits have fusions in this order.
   *
   * @param wanted whether they are to be told their scores
   */
  HitScores scores(boolean wanted) {
    HitScores fusion = new HitScores(wanted);
    scores.add(fusion);
    return fusion;
  }

  @Override
  public void tell(SearchHits hits) {
    if (scores.isEmpty() == false) {
      HitScores.addTo(hits, List.copyOf(scores));
    }
  }

  @Override
  public SearchResponse profiled(SearchResponse response) {
    if (answers.isEmpty()) {
      return response;
    }
    List<LegReport> legs = new ArrayList<>();
    Map<String, ProfileShardResult> shards = new LinkedHashMap<>(response.getProfileResults());
    for (Answered answer : answers) {
      String name = answer.leg.name();
      legs.add(answer.leg);
      for (SearchExtBuilder inner : answer.response.getInternalResponse().getSearchExtBuilders()) {
        if (inner instanceof FusionReport report) {
          report.legs().forEach(leg -> legs.add(leg.inside(name)));
        }
      }
      answer
          .response
          .getProfileResults()
          .forEach((shard, result) -> shards.put("leg [" + name + "] " + shard, result));
    }
    return new SearchResponseCopy(response, response.getHits(), shards, new FusionReport(legs), 0)
        .response();
  }
}
