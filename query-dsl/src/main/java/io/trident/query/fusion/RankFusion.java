/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * Fuses rankings. A pure function of the legs' documents and scores: the order in which equal
 * scores come in does not matter, because ties go by {@link DocKey}, inside a leg and in the
 * result.
 *
 * @param combination how scores become one
 * @param normalization how the scores of a leg are scaled first
 * @param rankConstant the constant of reciprocal rank fusion, at least 1
 * @param missing what a leg gives a document that it did not find
 */
public record RankFusion(
    Combination combination, Normalization normalization, int rankConstant, Missing missing)
    implements Writeable {

  /** Fuses windows alone. */
  public RankFusion(Combination combination, Normalization normalization, int rankConstant) {
    this(combination, normalization, rankConstant, Missing.ZERO);
  }

  /** Reads it from another node. */
  public RankFusion(StreamInput in) throws IOException {
    this(
        in.readEnum(Combination.class),
        in.readEnum(Normalization.class),
        in.readVInt(),
        in.readEnum(Missing.class));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeEnum(combination);
    out.writeEnum(normalization);
    out.writeVInt(rankConstant);
    out.writeEnum(missing);
  }

  /** Whether every document has a score in every leg, found or asked for. */
  public boolean isComplete() {
    return missing == Missing.SCORE;
  }

  /** How many floats lie between one score and the next. */
  private static final int STEP = 3;

  /**
   * The least score, as the bits of a float: small, but large enough to be boosted by less than 1.
   */
  private static final int MIN_SCORE_BITS = Float.floatToIntBits(0x1p-60f);

  /** A document and its score in one leg. */
  public record Scored(DocKey key, float score) {
    /** By score; equal scores by document. */
    public static final Comparator<Scored> BEST_FIRST =
        Comparator.comparingDouble((Scored scored) -> -scored.score).thenComparing(Scored::key);
  }

  /**
   * Fuses the legs.
   *
   * @param legs the window of each leg
   * @param weights the weight of each leg, positive
   * @return every document of any leg, best first, with positive and strictly descending scores
   *     ({@link #descending}), so that the ranking survives any collection
   */
  List<FusedDoc> fuse(List<List<Scored>> legs, double[] weights) {
    return fuse(legs, Map.of(), weights);
  }

  /**
   * Fuses the legs. Complete scores are scaled as the window's are, and may be less than 0; where a
   * fused score is, all are raised by as much as makes the least one 0.
   *
   * @param legs the window of each leg
   * @param others scores of fused documents outside of a leg's window, by the number of the leg; 0
   *     where there is none
   * @param weights the weight of each leg, positive
   * @return every document of any leg, as with windows alone
   */
  List<FusedDoc> fuse(
      List<List<Scored>> legs, Map<Integer, List<Scored>> others, double[] weights) {
    return new LegTable(this, legs, others).fuse(weights);
  }

  /** The best documents, with their fused scores. */
  public List<Scored> best(List<List<Scored>> legs, List<Float> weights, int count) {
    return fuse(legs, weights.stream().mapToDouble(Float::doubleValue).toArray()).stream()
        .limit(count)
        .map(document -> new Scored(document.key(), document.score()))
        .toList();
  }

  /** The ranks of a document, in which legs that only scored it count as well. */
  int[] counted(int[] ranks) {
    return isComplete() ? Arrays.stream(ranks).map(rank -> Math.max(1, rank)).toArray() : ranks;
  }

  /** The documents with scores, which are made to descend. */
  static List<FusedDoc> scored(List<FusedDoc> documents, double[] scores) {
    float[] distinct = descending(scores);
    List<FusedDoc> scored = new ArrayList<>(distinct.length);
    for (int i = 0; i < distinct.length; i++) {
      scored.add(documents.get(i).scored(distinct[i]));
    }
    return scored;
  }

  /**
   * Tells a ranking's scores apart, with as small a change as lasts. Each is at least {@value
   * #STEP} floats below the one before: two floats that far apart stay apart when a boost
   * multiplies them, whatever it is, while neighbours may be rounded to the same. Scores that are
   * not positive, which Lucene does not take, become positive ones below all others.
   *
   * @param ranking the scores, best first
   */
  static float[] descending(double[] ranking) {
    float[] scores = new float[ranking.length];
    long above = Integer.MAX_VALUE;
    for (int i = 0; i < scores.length; i++) {
      float score = Math.max(0, Math.min((float) ranking[i], Float.MAX_VALUE));
      above = Math.min(Float.floatToIntBits(score), above - STEP);
      long least = MIN_SCORE_BITS + (long) STEP * (scores.length - 1 - i);
      scores[i] = Float.intBitsToFloat((int) Math.max(above, least));
    }
    return scores;
  }
}
