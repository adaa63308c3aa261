/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.DenseQueryBuilder;
import io.trident.query.dsl.LearnedSparseQueryBuilder;
import io.trident.query.dsl.MaxSimQueryBuilder;
import io.trident.query.dsl.ScoringParts;
import io.trident.query.lucene.Approximation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilder;

/**
 * Asks each leg of a fusion for the scores of the documents that are in windows of others and not
 * in its own, so that every document has a score in every leg (CLEAR: Gao et al., Complement
 * Lexical Retrieval Model with Semantic Residual Embeddings, ECIR 2021).
 */
final class MissingScores {

  private final List<Search> searches = new ArrayList<>();

  /**
   * A search for documents of a leg.
   *
   * @param leg the number of the leg
   * @param query what is searched
   */
  record Search(int leg, FusionLeg query) {}

  /**
   * Makes the searches.
   *
   * @param legs the legs as they were run
   * @param windows what they found
   * @param fusion how they are fused
   * @param most how many documents one search may find
   * @param registry reads copies of queries
   */
  MissingScores(
      List<FusionLeg> legs,
      List<List<RankFusion.Scored>> windows,
      RankFusion fusion,
      int most,
      NamedWriteableRegistry registry)
      throws IOException {
    Set<DocKey> all = new TreeSet<>();
    windows.forEach(window -> window.forEach(document -> all.add(document.key())));
    for (int leg = 0; leg < legs.size(); leg++) {
      Set<DocKey> missing = new TreeSet<>(all);
      windows.get(leg).forEach(document -> missing.remove(document.key()));
      List<FusedDoc> documents = missing.stream().map(key -> FusedDoc.notFound(key, 0)).toList();
      for (int from = 0; from < documents.size(); from += most) {
        List<FusedDoc> some = documents.subList(from, Math.min(documents.size(), from + most));
        QueryBuilder among =
            new FusedDocsQueryBuilder(
                new FusedRanking(List.of(), fusion, some), List.of(), FusionRole.PART);
        QueryBuilder query =
            new BoolQueryBuilder().must(exact(legs.get(leg).query(), registry)).filter(among);
        String name = legs.get(leg).name() + " (missing)";
        searches.add(new Search(leg, new FusionLeg(name, 1, query)));
      }
    }
  }

  /** What is searched, in no more searches than the documents need. */
  List<Search> searches() {
    return searches;
  }

  /**
   * A copy of a query whose queries by vector score whatever they are asked about: most of it may
   * be none of what they would pick by themselves.
   */
  static QueryBuilder exact(QueryBuilder query, NamedWriteableRegistry registry)
      throws IOException {
    QueryBuilder copy = FusionRun.copy(query, registry);
    copy.visit(new ScoringParts(MissingScores::makeExact));
    return copy;
  }

  private static void makeExact(QueryBuilder query) {
    if (query instanceof DenseQueryBuilder dense) {
      dense.exact();
    } else if (query instanceof MaxSimQueryBuilder maxSim) {
      maxSim.exact();
    } else if (query instanceof LearnedSparseQueryBuilder sparse) {
      sparse.approximate(Approximation.NONE);
    }
  }

  /** Runs the searches; the listener gets what was found, by the number of the leg. */
  void find(FusionSearch search, ActionListener<Map<Integer, List<RankFusion.Scored>>> listener) {
    if (searches.isEmpty()) {
      listener.onResponse(Map.of());
      return;
    }
    search.run(
        searches.stream().map(Search::query).toList(), ActionListener.map(listener, this::byLeg));
  }

  private Map<Integer, List<RankFusion.Scored>> byLeg(List<FusionSearch.Window> found) {
    Map<Integer, List<RankFusion.Scored>> byLeg = new HashMap<>();
    for (int i = 0; i < found.size(); i++) {
      byLeg
          .computeIfAbsent(searches.get(i).leg(), leg -> new ArrayList<>())
          .addAll(found.get(i).ranking());
    }
    return byLeg;
  }
}
