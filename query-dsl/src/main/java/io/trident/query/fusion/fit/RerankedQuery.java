/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

import io.trident.query.fusion.DocKey;
import io.trident.query.fusion.FusionSettings;
import io.trident.query.fusion.RankFusion;
import io.trident.query.rerank.Interpolation;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What a fusion ranks best for a judged query, and what a cross-encoder says of it, to try many
 * shares on. Immutable.
 */
final class RerankedQuery {

  private final Ratings ratings;
  private final List<RankFusion.Scored> ranking;
  private final float[] first;
  private final float[] second;

  /**
   * Ranks.
   *
   * @param scores those of the cross-encoder; a document that it has none of, because it is gone,
   *     counts as the worst
   * @param window how many documents are reranked
   */
  RerankedQuery(JudgedQuery query, FusionSettings settings, Map<DocKey, Float> scores, int window) {
    ratings = query.ratings();
    ranking = query.ranking(settings, Math.max(window, Ndcg.DEPTH));
    int reranked = Math.min(window, ranking.size());
    first = new float[reranked];
    second = new float[reranked];
    float worst = scores.values().stream().min(Comparator.naturalOrder()).orElse(0f);
    for (int i = 0; i < reranked; i++) {
      first[i] = ranking.get(i).score();
      second[i] = scores.getOrDefault(ranking.get(i).key(), worst);
    }
  }

  /** The quality of the ranking in which the fusion has a share. */
  double ndcg(float share) {
    float[] combined = new Interpolation(share).combine(first, second);
    double[] gains =
        IntStream.concat(
                IntStream.range(0, combined.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> -combined[i]))
                    .mapToInt(Integer::intValue),
                IntStream.range(combined.length, ranking.size()))
            .limit(Ndcg.DEPTH)
            .mapToDouble(i -> ratings.gain(ranking.get(i).key()))
            .toArray();
    return Ndcg.of(gains, ratings.ideal());
  }
}
