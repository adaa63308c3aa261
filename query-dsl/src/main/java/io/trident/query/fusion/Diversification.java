/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.OptionParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;

/**
 * Orders the top of a ranking by maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998):
 * next comes the document that is most relevant and least like those before it. Takes time in the
 * square of the window.
 *
 * @param top the documents that are ordered
 * @param lambda the share of relevance, 0 to 1; with 1 nothing changes
 */
record Diversification(ComparedTop top, float lambda) implements Writeable, ToXContentObject {

  /** The name of the option, and of the search that reads vectors. */
  static final String NAME = "diversify";

  private static final String LAMBDA = "lambda";

  Diversification {
    ComparedTop.check(NAME, lambda >= 0 && lambda <= 1, "a [lambda] of 0 to 1", lambda);
  }

  /** Reads it from another node. */
  Diversification(StreamInput in) throws IOException {
    this(new ComparedTop(NAME, in), in.readFloat());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    top.writeTo(out);
    out.writeFloat(lambda);
  }

  /** Reads it from JSON; the parser stands on its object. */
  static Diversification fromXContent(XContentParser parser, OptionParser options)
      throws IOException {
    return ComparedTop.fromXContent(NAME, LAMBDA, parser, options, Diversification::new);
  }

  /**
   * The ranking with its top in another order: that of its i-th place has the i-th score, whichever
   * document it is. Pinned documents stay, and the others are to be unlike them. Ties go by the
   * ranking as it was.
   *
   * @param vectors those of documents; one without is like no other
   * @param most how many documents are ordered at most
   */
  FusedRanking apply(FusedRanking ranking, Map<DocKey, DocVector> vectors, int most) {
    List<FusedDoc> compared = top.of(ranking, most);
    List<FusedDoc> ordered = new ArrayList<>(ranking.documents().size());
    double[] likeness = new double[compared.size()];
    boolean[] taken = new boolean[compared.size()];
    double best = 0;
    for (int place = 0; place < compared.size(); place++) {
      int next = place;
      if (compared.get(place).pinned() == 0) {
        best = best == 0 ? compared.get(place).score() : best;
        next = next(compared, taken, likeness, best);
      }
      take(next, place == 0, compared, vectors, likeness);
      taken[next] = true;
      ordered.add(compared.get(next));
    }
    ordered.addAll(ranking.documents().subList(compared.size(), ranking.documents().size()));
    double[] scores = ranking.documents().stream().mapToDouble(FusedDoc::score).toArray();
    return ranking.withDocuments(RankFusion.scored(ordered, scores));
  }

  private int next(List<FusedDoc> top, boolean[] taken, double[] likeness, double best) {
    int next = -1;
    double greatest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < taken.length; i++) {
      double value = lambda * top.get(i).score() / best - (1 - lambda) * likeness[i];
      if (taken[i] == false && value > greatest) {
        greatest = value;
        next = i;
      }
    }
    return next;
  }

  /** Notes for each document how much it is like the most alike one of those taken. */
  private static void take(
      int next,
      boolean first,
      List<FusedDoc> top,
      Map<DocKey, DocVector> vectors,
      double[] likeness) {
    DocVector vector = vectors.get(top.get(next).key());
    double[] cosines = new double[likeness.length];
    for (int i = 0; i < cosines.length && vector != null; i++) {
      DocVector other = vectors.get(top.get(i).key());
      cosines[i] = other == null ? 0 : vector.cosine(other);
    }
    Arrays.setAll(likeness, i -> first ? cosines[i] : Math.max(likeness[i], cosines[i]));
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return top.toXContent(LAMBDA, lambda, builder);
  }
}
