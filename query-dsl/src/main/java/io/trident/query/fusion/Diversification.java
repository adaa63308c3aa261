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
import org.opensearch.core.common.Strings;
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
 * @param field whose vectors tell how alike documents are
 * @param lambda the share of relevance, 0 to 1; with 1 nothing changes
 * @param window how many documents are ordered
 */
record Diversification(String field, float lambda, int window)
    implements Writeable, ToXContentObject {

  /** The name of the option, and of the search that reads vectors. */
  static final String NAME = "diversify";

  /** The default of {@code window}: 100 documents. */
  static final int DEFAULT_WINDOW = 100;

  /** The largest {@code window}: 1,000 documents, whose half a million pairs take a second. */
  static final int MAX_WINDOW = 1_000;

  Diversification {
    check(Strings.hasLength(field), "a [field] of vectors", "none");
    check(lambda >= 0 && lambda <= 1, "a [lambda] of 0 to 1", lambda);
    check(window >= 1 && window <= MAX_WINDOW, "a [window] of 1 to " + MAX_WINDOW, window);
  }

  private static void check(boolean fine, String expected, Object got) {
    if (fine == false) {
      throw new IllegalArgumentException(
          "["
              + FusionQueryBuilder.NAME
              + "] must have [diversify] with "
              + expected
              + ", got ["
              + got
              + "]");
    }
  }

  /** Reads it from another node. */
  Diversification(StreamInput in) throws IOException {
    this(in.readString(), in.readFloat(), in.readVInt());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(field);
    out.writeFloat(lambda);
    out.writeVInt(window);
  }

  /** Reads it from JSON; the parser stands on its object. */
  static Diversification fromXContent(XContentParser parser, OptionParser options)
      throws IOException {
    OptionParser reader = new OptionParser(options.owner() + " with [" + NAME + "]");
    Read read = new Read();
    reader.parse(parser, (key, value) -> read.parse(key, value, reader));
    return new Diversification(read.field, read.lambda, read.window);
  }

  /** What the JSON object says. */
  private static final class Read {
    private String field;
    private float lambda = Float.NaN;
    private int window = DEFAULT_WINDOW;

    private boolean parse(String key, XContentParser parser, OptionParser reader)
        throws IOException {
      switch (key) {
        case "field" -> field = reader.string(parser);
        case "lambda" -> lambda = reader.number(parser);
        case "window" -> window = reader.integer(parser);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  /** The documents that are ordered, as a query over them. */
  FusionLeg search(FusedRanking ranking, int most) {
    FusedRanking top =
        new FusedRanking(List.of(), ranking.fusion(), top(ranking, Math.min(window, most)));
    return new FusionLeg(NAME, 1, new FusedDocsQueryBuilder(top, List.of(), FusionRole.WHOLE));
  }

  private static List<FusedDoc> top(FusedRanking ranking, int count) {
    return ranking.documents().subList(0, Math.min(count, ranking.documents().size()));
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
    List<FusedDoc> top = top(ranking, Math.min(window, most));
    List<FusedDoc> ordered = new ArrayList<>(ranking.documents().size());
    double[] likeness = new double[top.size()];
    boolean[] taken = new boolean[top.size()];
    double best = 0;
    for (int place = 0; place < top.size(); place++) {
      int next = place;
      if (top.get(place).pinned() == 0) {
        best = best == 0 ? top.get(place).score() : best;
        next = next(top, taken, likeness, best);
      }
      take(next, place == 0, top, vectors, likeness);
      taken[next] = true;
      ordered.add(top.get(next));
    }
    ordered.addAll(ranking.documents().subList(top.size(), ranking.documents().size()));
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
    return builder
        .startObject()
        .field("field", field)
        .field("lambda", lambda)
        .field("window", window)
        .endObject();
  }
}
