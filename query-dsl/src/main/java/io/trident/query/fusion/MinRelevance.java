/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.OptionParser;
import java.io.IOException;
import java.util.List;
import java.util.Map;
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
    if (map != null && map.isConstant() && map.equals(ScoreMap.OF_PROFILE) == false) {
      throw withoutFactors();
    }
  }

  private static IllegalArgumentException withoutFactors() {
    return new IllegalArgumentException(
        "["
            + FusionQueryBuilder.NAME
            + "] must have a [min_relevance] with the factor of [fused] or of [legs], or a [profile]"
            + " that has them, got none");
  }

  /**
   * The same with the map of a profile where it has none of its own.
   *
   * @param fitted the map of the profile, or null
   */
  MinRelevance settled(ScoreMap fitted) {
    if (ScoreMap.OF_PROFILE.equals(map) == false) {
      return this;
    }
    if (fitted == null) {
      throw withoutFactors();
    }
    return new MinRelevance(least, fitted);
  }

  /** Reads it from another node. */
  MinRelevance(StreamInput in) throws IOException {
    this(in.readFloat(), in.readOptionalWriteable(ScoreMap::new));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeFloat(least);
    out.writeOptionalWriteable(map);
  }

  /** Refuses factors of legs that are not there. */
  void check(List<FusionLeg> legs) {
    if (map != null) {
      map.check("[" + FusionQueryBuilder.NAME + "]", legs.stream().map(FusionLeg::name).toList());
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
    return new MinRelevance(read.probability, read.map.map());
  }

  /** What the JSON object says. */
  private static final class Read {
    private final ScoreMap.Body map = new ScoreMap.Body();
    private float probability;

    private boolean parse(String key, XContentParser parser, OptionParser reader)
        throws IOException {
      if (key.equals("probability")) {
        probability = reader.number(parser);
        return true;
      }
      return map.parse(key, parser, reader);
    }
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    if (map == null) {
      return builder.field(NAME, least);
    }
    builder.startObject(NAME).field("probability", least);
    for (Map.Entry<String, Object> factor : map.toMap().entrySet()) {
      builder.field(factor.getKey(), factor.getValue());
    }
    return builder.endObject();
  }
}
