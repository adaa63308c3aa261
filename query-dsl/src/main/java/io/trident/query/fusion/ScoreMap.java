/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.models.api.Excerpt;
import io.trident.query.dsl.OptionParser;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.XContentParser;

/**
 * How likely a document is relevant by its scores: {@code 1 / (1 + exp(-(intercept + fused * score
 * + sum of legs * scores)))}. Immutable.
 *
 * @param legs the factor of the score that each leg gave, which is 0 where it has none
 */
public record ScoreMap(float intercept, float fused, Map<String, Float> legs) implements Writeable {

  /** Stands for the map of a profile. */
  static final ScoreMap OF_PROFILE = new ScoreMap(0, 0, Map.of());

  public ScoreMap {
    legs = Map.copyOf(legs);
  }

  /** Reads a map from another node. */
  ScoreMap(StreamInput in) throws IOException {
    this(
        in.readFloat(),
        in.readFloat(),
        in.readMap(StreamInput::readString, StreamInput::readFloat));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeFloat(intercept);
    out.writeFloat(fused);
    out.writeMap(legs, StreamOutput::writeString, StreamOutput::writeFloat);
  }

  /** Whether it gives all documents the same. */
  boolean isConstant() {
    return fused == 0 && legs.isEmpty();
  }

  /** Refuses factors of legs that are not there. */
  void check(String owner, Collection<String> names) {
    for (String leg : legs.keySet()) {
      if (names.contains(leg) == false) {
        throw new IllegalArgumentException(
            owner
                + " must have a ["
                + MinRelevance.NAME
                + "] by legs of "
                + Excerpt.of(names)
                + ", got ["
                + Excerpt.of(leg)
                + "]");
      }
    }
  }

  /** The probability of a document of a ranking. */
  double probability(FusedDoc document, List<FusionLeg> searched) {
    double sum = intercept + (double) fused * document.fused();
    for (int i = 0; i < searched.size(); i++) {
      sum += (double) legs.getOrDefault(searched.get(i).name(), 0f) * document.scores()[i];
    }
    return 1 / (1 + Math.exp(-sum));
  }

  /** The same for legs of other names, in an order. */
  ScoreMap renamed(List<String> from, List<FusionLeg> to) {
    Map<String, Float> renamed = new TreeMap<>();
    for (int leg = 0; leg < to.size(); leg++) {
      Float factor = legs.get(from.get(leg));
      if (factor != null) {
        renamed.put(to.get(leg).name(), factor);
      }
    }
    return new ScoreMap(intercept, fused, renamed);
  }

  /** The map as JSON has it. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("intercept", intercept);
    map.put("fused", fused);
    map.put("legs", new TreeMap<>(legs));
    return map;
  }

  /** What the JSON object says. */
  static final class Body {
    private final Map<String, Float> legs = new TreeMap<>();
    private float intercept;
    private float fused;

    /** Reads an option; false for another's key. */
    boolean parse(String key, XContentParser parser, OptionParser reader) throws IOException {
      switch (key) {
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

    ScoreMap map() {
      return new ScoreMap(intercept, fused, legs);
    }
  }
}
