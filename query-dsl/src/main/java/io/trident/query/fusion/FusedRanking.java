/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * What the legs of a fusion have become.
 *
 * @param legs the legs as they were run
 * @param fusion how their rankings were fused
 * @param documents the fused documents, best first
 * @param others how many more there are, which nobody asks for
 */
record FusedRanking(
    List<FusionLeg> legs, RankFusion fusion, List<FusedDoc> documents, List<ShardCount> others)
    implements Writeable {

  /** A whole ranking. */
  FusedRanking(List<FusionLeg> legs, RankFusion fusion, List<FusedDoc> documents) {
    this(legs, fusion, documents, List.of());
  }

  /** Reads a ranking from another node. */
  FusedRanking(StreamInput in) throws IOException {
    this(
        in.readList(FusionLeg::new),
        new RankFusion(in),
        in.readList(FusedDoc::new),
        in.readList(ShardCount::new));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeList(legs);
    fusion.writeTo(out);
    out.writeList(documents);
    out.writeList(others);
  }

  /** The same ranking of other legs. */
  FusedRanking withLegs(List<FusionLeg> otherLegs) {
    return new FusedRanking(otherLegs, fusion, documents, others);
  }

  /** The same legs with another ranking. */
  FusedRanking withDocuments(List<FusedDoc> otherDocuments) {
    return new FusedRanking(legs, fusion, otherDocuments, others);
  }

  /** The first documents, with the number of the others. */
  FusedRanking first(int count) {
    if (count >= documents.size()) {
      return this;
    }
    Map<ShardCount, Integer> left = new LinkedHashMap<>();
    for (FusedDoc document : documents.subList(count, documents.size())) {
      left.merge(
          new ShardCount(document.key().index(), document.key().shard(), 0), 1, Integer::sum);
    }
    List<ShardCount> counts = new ArrayList<>(left.size());
    left.forEach((shard, more) -> counts.add(new ShardCount(shard.index(), shard.shard(), more)));
    return new FusedRanking(legs, fusion, List.copyOf(documents.subList(0, count)), counts);
  }

  /** The documents that a shard has. */
  List<FusedDoc> documentsOf(String index, int shard) {
    return documents.stream().filter(document -> document.key().isOf(index, shard)).toList();
  }

  /** How many more a shard has. */
  int othersOf(String index, int shard) {
    return others.stream()
        .filter(other -> other.index().equals(index) && other.shard() == shard)
        .mapToInt(ShardCount::count)
        .sum();
  }

  /** The share of each leg in the score of a document; see {@link Combination#shares}. */
  double[] shares(FusedDoc document) {
    double[] scores = new double[legs.size()];
    double[] weights = new double[legs.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = document.normalized()[i];
      weights[i] = legs.get(i).weight();
    }
    return fusion
        .combination()
        .shares(scores, fusion.counted(document.ranks()), weights, fusion.rankConstant());
  }
}
