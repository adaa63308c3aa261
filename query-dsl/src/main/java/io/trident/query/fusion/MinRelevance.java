/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.dsl.OptionParser;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;

/**
 * What a document must reach to be a hit at all: a fused score, or a probability of relevance by a
 * logistic regression over its fused score and its scores in legs (Cosine Adapter: Rossi et al.,
 * Relevance Filtering for Embedding-based Retrieval, CIKM 2024). Immutable.
 *
 * @param least the least score, or the least probability
 * @param map how scores become a probability; null when the fused score itself is compared
 */
record MinRelevance(float least, ScoreMap map) implements Writeable, ToXContentFragment {

  /** The name of the option. */
  static final String NAME = "min_relevance";

  /**
   * {@code 1 / (1 + exp(-(intercept + fused * score + sum of legs * scores)))}.
   *
   * @param legs the factor of the score that each leg gave, which is 0 where it has none
   */
  record ScoreMap(float intercept, float fused, Map<String, Float> legs) {

    private double probability(FusedDoc document, List<FusionLeg> searched) {
      double sum = intercept + (double) fused * document.fused();
      for (int i = 0; i < searched.size(); i++) {
        Float factor = legs.get(searched.get(i).name());
        if (factor != null) {
          sum += (double) factor * document.scores()[i];
        }
      }
      return 1 / (1 + Math.exp(-sum));
    }
  }

  MinRelevance {
    if (map == null ? least < 0 : (least > 0 && least < 1) == false) {
      throw new IllegalArgumentException(
          "["
              + FusionQueryBuilder.NAME
              + "] must have "
              + (map == null
                  ? "a [min_relevance] of at least 0"
                  : "a [min_relevance] with a [probability] over 0 and under 1")
              + ", got ["
              + least
              + "]");
    }
    if (map != null && map.fused == 0 && map.legs.isEmpty()) {
      throw new IllegalArgumentException(
          "["
              + FusionQueryBuilder.NAME
              + "] must have a [min_relevance] with the factor of [fused] or of [legs], got none");
    }
  }

  /** Reads it from another node. */
  MinRelevance(StreamInput in) throws IOException {
    this(
        in.readFloat(),
        in.readBoolean()
            ? new ScoreMap(
                in.readFloat(),
                in.readFloat(),
                in.readMap(StreamInput::readString, StreamInput::readFloat))
            : null);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeFloat(least);
    out.writeBoolean(map != null);
    if (map != null) {
      out.writeFloat(map.intercept);
      out.writeFloat(map.fused);
      out.writeMap(map.legs, StreamOutput::writeString, StreamOutput::writeFloat);
    }
  }

  /** Refuses factors of legs that are not there. */
  void check(List<FusionLeg> legs) {
    List<String> names = legs.stream().map(FusionLeg::name).toList();
    for (String name : map == null ? List.<String>of() : map.legs.keySet()) {
      if (names.contains(name) == false) {
        throw new IllegalArgumentException(
            "["
                + FusionQueryBuilder.NAME
                + "] must have a [min_relevance] by legs of "
                + names
                + ", got ["
                + Excerpt.of(name)
                + "]");
      }
    }
  }

  /** The ranking of the documents that reach it. */
  FusedRanking cut(FusedRanking ranking) {
    return ranking.withDocuments(
        ranking.documents().stream().filter(d -> isReached(d, ranking.legs())).toList());
  }

  private boolean isReached(FusedDoc document, List<FusionLeg> legs) {
    return (map == null ? document.fused() : map.probability(document, legs)) >= least;
  }

  /** Reads it from JSON; the parser stands on a number, or on an object. */
  static MinRelevance fromXContent(XContentParser parser, OptionParser options) throws IOException {
    if (parser.currentToken() != Token.START_OBJECT) {
      return new MinRelevance(options.number(parser), null);
    }
    OptionParser reader = new OptionParser(options.owner() + " with [" + NAME + "]");
    Read read = new Read();
    reader.parse(parser, (key, value) -> read.parse(key, value, reader));
    return new MinRelevance(
        read.probability, new ScoreMap(read.intercept, read.fused, Map.copyOf(read.legs)));
  }

  /** What the JSON object says. */
  private static final class Read {
    private final Map<String, Float> legs = new TreeMap<>();
    private float probability;
    private float intercept;
    private float fused;

    private boolean parse(String key, XContentParser parser, OptionParser reader)
        throws IOException {
      switch (key) {
        case "probability" -> probability = reader.number(parser);
        case "intercept" -> intercept = reader.number(parser);
        case "fused" -> fused = reader.number(parser);
        case "legs" ->
            reader.parse(parser, (leg, value) -> legs.put(leg, reader.number(value)) == null);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    if (map == null) {
      return builder.field(NAME, least);
    }
    return builder
        .startObject(NAME)
        .field("probability", least)
        .field("intercept", map.intercept)
        .field("fused", map.fused)
        .field("legs", map.legs)
        .endObject();
  }
}
