/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.index.query.ConstantScoreQueryBuilder;
import org.opensearch.index.query.DisMaxQueryBuilder;
import org.opensearch.index.query.IdsQueryBuilder;
import org.opensearch.index.query.QueryBuilder;

/** Puts given documents on top of a ranking, in the order in which they are given. */
final class Pinned {

  /** The name of the search that finds them, beside the legs. */
  static final String NAME = "pinned";

  private Pinned() {}

  /**
   * Finds the documents of ids, in their order. The same id in several indices is several
   * documents.
   *
   * @param filter what they must match, or null
   */
  static FusionLeg leg(List<String> ids, QueryBuilder filter) {
    DisMaxQueryBuilder any = new DisMaxQueryBuilder();
    for (int i = 0; i < ids.size(); i++) {
      any.add(
          new ConstantScoreQueryBuilder(new IdsQueryBuilder().addIds(ids.get(i)))
              .boost(ids.size() - i));
    }
    return new FusionLeg(NAME, 1, filter == null ? any : any.filter(filter));
  }

  /**
   * The ranking with documents on top, whose scores are those of the best one below them and 1, 2,
   * … more. Other scores stay as they are.
   */
  static FusedRanking onTop(List<RankFusion.Scored> pinned, FusedRanking ranking) {
    Map<DocKey, FusedDoc> below = new HashMap<>();
    ranking.documents().forEach(document -> below.put(document.key(), document));
    List<FusedDoc> ordered = new ArrayList<>();
    for (RankFusion.Scored document : pinned) {
      FusedDoc found = below.remove(document.key());
      ordered.add(
          (found == null ? FusedDoc.notFound(document.key(), ranking.legs().size()) : found)
              .pinned(ordered.size() + 1));
    }
    ranking.documents().stream().filter(d -> below.containsKey(d.key())).forEach(ordered::add);
    double best = pinned.size() == ordered.size() ? 0 : ordered.get(pinned.size()).score();
    double[] scores = new double[ordered.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = i < pinned.size() ? best + pinned.size() - i : ordered.get(i).score();
    }
    return ranking.withDocuments(RankFusion.scored(ordered, scores));
  }
}
