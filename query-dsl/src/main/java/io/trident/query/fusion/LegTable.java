/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import java.util.Arrays;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * What the legs of one search give each document, normalized: all of a fusion but its weights. So
 * many weights may be tried on one table.
 */
public final class LegTable {

  /** How many of the 52 bits behind the point of a fused score are noise. */
  private static final int ROUNDED_BITS = 16;

  private final RankFusion fusion;
  private final DocKey[] keys;
  private final Contributions[] documents;

  /**
   * Normalizes the scores of the legs.
   *
   * @param legs the window of each leg, in any order
   */
  public LegTable(RankFusion fusion, List<List<RankFusion.Scored>> legs) {
    this(fusion, legs, Map.of());
  }

  /**
   * Normalizes the scores of the legs, complete ones by the bounds of the windows.
   *
   * @param others scores of documents of other legs' windows, by the number of the leg
   */
  LegTable(
      RankFusion fusion,
      List<List<RankFusion.Scored>> legs,
      Map<Integer, List<RankFusion.Scored>> others) {
    this.fusion = fusion;
    Map<DocKey, Contributions> table = new LinkedHashMap<>();
    for (List<RankFusion.Scored> window : legs) {
      window.forEach(d -> table.computeIfAbsent(d.key(), key -> new Contributions(legs.size())));
    }
    for (int leg = 0; leg < legs.size(); leg++) {
      List<RankFusion.Scored> ranking =
          legs.get(leg).stream().sorted(RankFusion.Scored.BEST_FIRST).toList();
      double[] window = finite(ranking);
      if (fusion.isComplete()) {
        give(leg, scale(window), others.getOrDefault(leg, List.of()), table);
      }
      double[] normalized =
          fusion.isComplete()
              ? Arrays.stream(window).map(scale(window)).toArray()
              : fusion.normalization().normalize(window);
      for (int i = 0; i < normalized.length; i++) {
        table.get(ranking.get(i).key()).set(leg, i + 1, ranking.get(i).score(), normalized[i]);
      }
    }
    keys = table.keySet().toArray(DocKey[]::new);
    documents = table.values().toArray(Contributions[]::new);
  }

  /** Gives all documents what a leg gives those outside of its window. */
  private static void give(
      int leg,
      DoubleUnaryOperator scale,
      List<RankFusion.Scored> others,
      Map<DocKey, Contributions> table) {
    table.values().forEach(document -> document.set(leg, 0, 0, scale.applyAsDouble(0)));
    double[] scores = finite(others);
    for (int i = 0; i < scores.length; i++) {
      table
          .get(others.get(i).key())
          .set(leg, 0, others.get(i).score(), scale.applyAsDouble(scores[i]));
    }
  }

  private DoubleUnaryOperator scale(double[] window) {
    return window.length == 0 ? s -> 0 : fusion.normalization().scale(window);
  }

  /** How many documents the legs found together. */
  public int size() {
    return keys.length;
  }

  /** The document with a number. */
  public DocKey key(int document) {
    return keys[document];
  }

  /**
   * The numbers of the best documents, best first, as {@link #fuse} ranks them.
   *
   * @param count how many are wanted
   */
  public int[] best(double[] weights, int count) {
    int[] best = new int[Math.min(count, keys.length)];
    double[] scores = new double[best.length];
    int found = 0;
    for (int document = 0; document < keys.length; document++) {
      double score = rounded(score(document, weights));
      int place = found;
      while (place > 0 && isBefore(document, score, best[place - 1], scores[place - 1])) {
        place--;
      }
      if (place < best.length) {
        int moved = Math.min(found, best.length - 1) - place;
        System.arraycopy(best, place, best, place + 1, moved);
        System.arraycopy(scores, place, scores, place + 1, moved);
        best[place] = document;
        scores[place] = score;
        found = Math.min(found + 1, best.length);
      }
    }
    return best;
  }

  private boolean isBefore(int document, double score, int other, double otherScore) {
    int order = Double.compare(otherScore, score);
    return order == 0 ? keys[document].compareTo(keys[other]) < 0 : order < 0;
  }

  /** Every document, best first, with positive and strictly descending scores. */
  List<FusedDoc> fuse(double[] weights) {
    record Ranked(int document, double score) {}
    double[] scores =
        IntStream.range(0, keys.length).mapToDouble(document -> score(document, weights)).toArray();
    double raise = fusion.isComplete() ? Math.max(0, -Arrays.stream(scores).min().orElse(0)) : 0;
    List<Ranked> ranked =
        IntStream.range(0, keys.length)
            .mapToObj(document -> new Ranked(document, scores[document]))
            .sorted(
                Comparator.comparingDouble((Ranked one) -> -rounded(one.score + raise))
                    .thenComparing(one -> keys[one.document]))
            .toList();
    return RankFusion.scored(
        ranked.stream()
            .map(one -> documents[one.document].fused(keys[one.document], (float) one.score))
            .toList(),
        ranked.stream().mapToDouble(one -> one.score + raise).toArray());
  }

  private double score(int document, double[] weights) {
    return fusion
        .combination()
        .combine(
            documents[document].normalized,
            fusion.counted(documents[document].ranks),
            weights,
            fusion.rankConstant());
  }

  /**
   * The scores with those that are not finite replaced: what scores infinitely, as a script may,
   * counts as the best of the others, and what scores as no number as the worst. They keep their
   * ranks, first and last, and do not change what the others become.
   */
  private static double[] finite(List<RankFusion.Scored> ranking) {
    double[] scores = ranking.stream().mapToDouble(RankFusion.Scored::score).toArray();
    DoubleSummaryStatistics finite =
        Arrays.stream(scores).filter(Double::isFinite).summaryStatistics();
    double best = finite.getCount() == 0 ? 1 : finite.getMax();
    double worst = finite.getCount() == 0 ? 0 : finite.getMin();
    return Arrays.stream(scores)
        .map(score -> Double.isFinite(score) ? score : Double.isNaN(score) ? worst : best)
        .toArray();
  }

  /**
   * A score without its last bits, in which sums of the same numbers in another order differ: such
   * documents tie. Neighbouring ranks still differ under the largest rank constant.
   */
  private static double rounded(double score) {
    return Double.longBitsToDouble(
        (Double.doubleToLongBits(score) + (1L << (ROUNDED_BITS - 1))) & (-1L << ROUNDED_BITS));
  }

  /** What the legs give one document. */
  private static final class Contributions {
    private final int[] ranks;
    private final float[] scores;
    private final double[] normalized;

    private Contributions(int legs) {
      ranks = new int[legs];
      scores = new float[legs];
      normalized = new double[legs];
    }

    private void set(int leg, int rank, float score, double scaled) {
      ranks[leg] = rank;
      scores[leg] = score;
      normalized[leg] = scaled;
    }

    private FusedDoc fused(DocKey key, float score) {
      float[] floats = new float[normalized.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) normalized[i];
      }
      return new FusedDoc(key, score, score, 0, ranks, scores, floats);
    }
  }
}
