/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.budget;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.search.profile.ProfileResult;
import org.opensearch.search.profile.query.CollectorResult;
import org.opensearch.search.profile.query.QueryProfileShardResult;

/**
 * How many documents were scored.
 *
 * @param candidates those that were
 * @param skipped those that there was no time for
 */
record ScoredCount(long candidates, long skipped) implements Writeable {

  static final ScoredCount NONE = new ScoredCount(0, 0);

  private static final String CANDIDATES = "candidates";
  private static final String SKIPPED = "skipped";
  private static final String TYPE = "trident_scored_count";

  /** Reads a count from another node. */
  ScoredCount(StreamInput in) throws IOException {
    this(in.readVLong(), in.readVLong());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeVLong(candidates);
    out.writeVLong(skipped);
  }

  ScoredCount plus(ScoredCount other) {
    return new ScoredCount(candidates + other.candidates, skipped + other.skipped);
  }

  /** The form in which a shard tells it: the only part of its answer that takes any. */
  QueryProfileShardResult profile() {
    Map<String, Long> counts = Map.of(CANDIDATES, candidates, SKIPPED, skipped);
    return new QueryProfileShardResult(
        List.of(new ProfileResult(TYPE, "", counts, Map.of(), 0, List.of())),
        0,
        new CollectorResult(TYPE, "", 0, List.of()));
  }

  static boolean isIn(QueryProfileShardResult profile) {
    return TYPE.equals(profile.getCollectorResult().getName());
  }

  /** The count that a shard tells. */
  static ScoredCount of(QueryProfileShardResult profile) {
    Map<String, Long> counts = profile.getQueryResults().get(0).getTimeBreakdown();
    return new ScoredCount(counts.get(CANDIDATES), counts.get(SKIPPED));
  }
}
