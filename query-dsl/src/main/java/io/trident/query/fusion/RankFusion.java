package io.trident.query.fusion;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
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
record RankFusion(
    Combination combination, Normalization normalization, int rankConstant, Missing missing)
    implements Writeable {

  /** Fuses windows alone. */
  RankFusion(Combination combination, Normalization normalization, int rankConstant) {
    this(combination, normalization, rankConstant, Missing.ZERO);
  }

  /** Reads it from another node. */
  RankFusion(StreamInput in) throws IOException {
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
  boolean isComplete() {
    return missing == Missing.SCORE;
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
    Map<DocKey, Contributions> documents = new LinkedHashMap<>();
    for (List<Scored> window : legs) {
      window.forEach(
          d -> documents.computeIfAbsent(d.key(), key -> new Contributions(legs.size())));
    }
    for (int leg = 0; leg < legs.size(); leg++) {
      List<Scored> ranking = legs.get(leg).stream().sorted(Scored.BEST_FIRST).toList();
      double[] window = finite(ranking);
      if (isComplete()) {
        give(leg, scale(window), others.getOrDefault(leg, List.of()), documents);
      }
      double[] normalized =
          isComplete()
              ? Arrays.stream(window).map(scale(window)).toArray()
              : normalization.normalize(window);
      for (int i = 0; i < normalized.length; i++) {
        documents.get(ranking.get(i).key()).set(leg, i + 1, ranking.get(i).score(), normalized[i]);
      }
    }
    return ranked(documents, weights);
  }

  /** Gives all documents what a leg gives those outside of its window. */
  private static void give(
      int leg,
      DoubleUnaryOperator scale,
      List<Scored> others,
      Map<DocKey, Contributions> documents) {
    documents.values().forEach(document -> document.set(leg, 0, 0, scale.applyAsDouble(0)));
    double[] scores = finite(others);
    for (int i = 0; i < scores.length; i++) {
      documents
          .get(others.get(i).key())
          .set(leg, 0, others.get(i).score(), scale.applyAsDouble(scores[i]));
    }
  }

  private DoubleUnaryOperator scale(double[] window) {
    return window.length == 0 ? s -> 0 : normalization.scale(window);
  }

  private List<FusedDoc> ranked(Map<DocKey, Contributions> documents, double[] weights) {
    record Ranked(DocKey key, Contributions contributions, double score) {}
    List<Ranked> ranked = new ArrayList<>(documents.size());
    documents.forEach(
        (key, contributions) ->
            ranked.add(
                new Ranked(
                    key,
                    contributions,
                    combination.combine(
                        contributions.normalized,
                        counted(contributions.ranks),
                        weights,
                        rankConstant))));
    double raise = isComplete() ? ranked.stream().mapToDouble(d -> -d.score).max().orElse(0) : 0;
    ToDoubleFunction<Ranked> score = document -> document.score + Math.max(0, raise);
    ranked.sort(
        Comparator.comparingDouble((Ranked document) -> -rounded(score.applyAsDouble(document)))
            .thenComparing(Ranked::key));
    return scored(
        ranked.stream().map(d -> d.contributions.fused(d.key, (float) d.score)).toList(),
        ranked.stream().mapToDouble(score).toArray());
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
   * The scores with those that are not finite replaced: what scores infinitely, as a script may,
   * counts as the best of the others, and what scores as no number as the worst. They keep their
   * ranks, first and last, and do not change what the others become.
   */
  private static double[] finite(List<Scored> ranking) {
    double[] scores = ranking.stream().mapToDouble(Scored::score).toArray();
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
