/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

import io.trident.query.fusion.FusionSettings;
import io.trident.query.fusion.RankFusion;
import java.util.List;

/**
 * What the legs of a fusion found for a query, and which of it is relevant. Immutable.
 *
 * @param legs the widest window of each leg
 * @param ratings the judgments of the query
 */
public record JudgedQuery(List<List<RankFusion.Scored>> legs, Ratings ratings) {

  public JudgedQuery {
    legs =
        legs.stream()
            .map(leg -> leg.stream().sorted(RankFusion.Scored.BEST_FIRST).toList())
            .toList();
  }

  /** What the legs give with a window. */
  List<List<RankFusion.Scored>> windows(int window) {
    return legs.stream().map(leg -> leg.subList(0, Math.min(window, leg.size()))).toList();
  }

  /** The best documents by settings, with their fused scores. */
  List<RankFusion.Scored> ranking(FusionSettings settings, int count) {
    return settings.fusion().best(windows(settings.window()), settings.weights(), count);
  }

  /** Whether a leg found a relevant document. */
  public boolean isAnswered() {
    return legs.stream().flatMap(List::stream).anyMatch(found -> ratings.gain(found.key()) > 0);
  }
}
