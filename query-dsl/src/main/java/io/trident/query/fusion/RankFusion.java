package io.trident.query.fusion;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
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
 */
record RankFusion(Combination combination, Normalization normalization, int rankConstant)
    implements Writeable {

  /** Reads it from another node. */
  RankFusion(StreamInput in) throws IOException {
    this(in.readEnum(Combination.class), in.readEnum(Normalization.class), in.readVInt());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeEnum(combination);
    out.writeEnum(normalization);
    out.writeVInt(rankConstant);
  }

  /** How many floats lie between one score and the next. */
  private static final int STEP = 3;

  /**
   * The least score, as the bits of a float: small, but large enough to be boosted by less than 1.
   */
  private static final int MIN_SCORE_BITS = Float.floatToIntBits(0x1p-60f);

  /** How many of the 52 bits behind the point of a fused score are noise. */
  private static final int ROUNDED_BITS = 16;

  /** A document and its score in one leg. */
  record Scored(DocKey key, float score) {
    static final Comparator<Scored> BEST_FIRST =
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
    Map<DocKey, Contributions> documents = new LinkedHashMap<>();
    for (int leg = 0; leg < legs.size(); leg++) {
      List<Scored> ranking = legs.get(leg).stream().sorted(Scored.BEST_FIRST).toList();
      double[] normalized =
          normalization.normalize(finite(ranking.stream().mapToDouble(Scored::score).toArray()));
      for (int i = 0; i < ranking.size(); i++) {
        Contributions contributions =
            documents.computeIfAbsent(ranking.get(i).key(), key -> new Contributions(legs.size()));
        contributions.ranks[leg] = i + 1;
        contributions.scores[leg] = ranking.get(i).score();
        contributions.normalized[leg] = normalized[i];
      }
    }
    record Ranked(DocKey key, Contributions contributions, double score) {}
    List<Ranked> ranked = new ArrayList<>(documents.size());
    documents.forEach(
        (key, contributions) ->
            ranked.add(
                new Ranked(
                    key,
                    contributions,
                    combination.combine(
                        contributions.normalized, contributions.ranks, weights, rankConstant))));
    ranked.sort(
        Comparator.comparingDouble((Ranked document) -> -rounded(document.score))
            .thenComparing(Ranked::key));
    return scored(
        ranked.stream().map(d -> d.contributions.fused(d.key, (float) d.score)).toList(),
        ranked.stream().mapToDouble(Ranked::score).toArray());
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
   * The scores with those that are not finite replaced: what scores infinitely, as a script may,
   * counts as the best of the others, and what scores as no number as the worst. They keep their
   * ranks, first and last, and do not change what the others become.
   */
  private static double[] finite(double[] ranking) {
    DoubleSummaryStatistics finite =
        Arrays.stream(ranking).filter(Double::isFinite).summaryStatistics();
    double best = finite.getCount() == 0 ? 1 : finite.getMax();
    double worst = finite.getCount() == 0 ? 0 : finite.getMin();
    return Arrays.stream(ranking)
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

    private FusedDoc fused(DocKey key, float score) {
      float[] floats = new float[normalized.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) normalized[i];
      }
      return new FusedDoc(key, score, score, 0, ranks, scores, floats);
    }
  }
}
