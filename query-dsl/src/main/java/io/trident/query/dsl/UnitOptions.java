/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

import io.trident.models.api.Excerpt;
import io.trident.query.lucene.MaxSimQuery.Units;
import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;

/** What a {@code max_sim} asks of the units of documents, in JSON and between nodes. Stateless. */
final class UnitOptions {

  /** The key in JSON. */
  static final String NAME = "units";

  /** The most units that are told of a hit. */
  static final int MAX_COUNT = 100;

  private static final String SCORE = "score";
  private static final String COUNT = "count";
  private static final String WHOLE = "whole";
  private static final String BEST = "best";
  private static final Units DEFAULT = new Units(false, 3);

  private UnitOptions() {}

  /** Refuses more units than may be told. */
  static Units of(boolean best, int count) {
    if (count < 1 || count > MAX_COUNT) {
      throw refused(COUNT, "1 to " + MAX_COUNT, count);
    }
    return new Units(best, count);
  }

  static Units parse(XContentParser parser, OptionParser outer) throws IOException {
    OptionParser options = new OptionParser("[" + NAME + "] of " + outer.owner());
    Units[] parsed = {DEFAULT};
    options.parse(
        parser,
        (key, value) -> {
          switch (key) {
            case SCORE -> parsed[0] = of(isBest(options.string(value)), parsed[0].count());
            case COUNT -> parsed[0] = of(parsed[0].best(), options.integer(value));
            default -> {
              return false;
            }
          }
          return true;
        });
    return parsed[0];
  }

  private static boolean isBest(String score) {
    if (List.of(WHOLE, BEST).contains(score) == false) {
      throw refused(SCORE, WHOLE + "] or [" + BEST, score);
    }
    return score.equals(BEST);
  }

  private static IllegalArgumentException refused(String key, String expected, Object got) {
    return new IllegalArgumentException(
        "[" + NAME + "." + key + "] must be [" + expected + "], got [" + Excerpt.of(got) + "]");
  }

  static void toXContent(Units units, XContentBuilder builder) throws IOException {
    if (units != null) {
      builder
          .startObject(NAME)
          .field(SCORE, units.best() ? BEST : WHOLE)
          .field(COUNT, units.count())
          .endObject();
    }
  }

  static Units read(StreamInput in) throws IOException {
    return in.readBoolean() ? new Units(in.readBoolean(), in.readVInt()) : null;
  }

  static void write(Units units, StreamOutput out) throws IOException {
    out.writeBoolean(units != null);
    if (units != null) {
      out.writeBoolean(units.best());
      out.writeVInt(units.count());
    }
  }
}
