/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion;

import io.trident.query.dsl.OptionParser;
import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.Strings;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;

/**
 * The top of a ranking whose documents are compared by their vectors.
 *
 * @param option what compares them, which names the search that reads the vectors, too
 * @param field whose vectors are read
 * @param window how many documents are compared
 */
record ComparedTop(String option, String field, int window) implements Writeable {

  /** The default of {@code window}: 100 documents. */
  static final int DEFAULT_WINDOW = 100;

  /** The largest {@code window}: 1,000 documents, whose half a million pairs take a second. */
  static final int MAX_WINDOW = 1_000;

  private static final String FIELD = "field";
  private static final String WINDOW = "window";

  ComparedTop {
    check(option, Strings.hasLength(field), "a [field] of vectors", "none");
    check(option, window >= 1 && window <= MAX_WINDOW, "a [window] of 1 to " + MAX_WINDOW, window);
  }

  /** Refuses what an option must not be. */
  static void check(String option, boolean fine, String expected, Object got) {
    if (fine == false) {
      throw new IllegalArgumentException(
          "["
              + FusionQueryBuilder.NAME
              + "] must have ["
              + option
              + "] with "
              + expected
              + ", got ["
              + got
              + "]");
    }
  }

  /** Reads it from another node. */
  ComparedTop(String option, StreamInput in) throws IOException {
    this(option, in.readString(), in.readVInt());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(field);
    out.writeVInt(window);
  }

  /** What makes an option of its top and its number. */
  interface Maker<T> {
    T make(ComparedTop top, float number);
  }

  /** What the JSON object of an option says. */
  private static final class Read {
    private String field;
    private float number = Float.NaN;
    private int window = DEFAULT_WINDOW;
  }

  /**
   * Reads an option from JSON; the parser stands on its object.
   *
   * @param key that of the number by which the option decides
   */
  static <T> T fromXContent(
      String option, String key, XContentParser parser, OptionParser options, Maker<T> maker)
      throws IOException {
    OptionParser reader = new OptionParser(options.owner() + " with [" + option + "]");
    Read read = new Read();
    reader.parse(
        parser,
        (name, value) -> {
          if (name.equals(FIELD)) {
            read.field = reader.string(value);
          } else if (name.equals(key)) {
            read.number = reader.number(value);
          } else if (name.equals(WINDOW)) {
            read.window = reader.integer(value);
          } else {
            return false;
          }
          return true;
        });
    return maker.make(new ComparedTop(option, read.field, read.window), read.number);
  }

  /** Writes the object that is read. */
  XContentBuilder toXContent(String key, float number, XContentBuilder builder) throws IOException {
    return builder
        .startObject()
        .field(FIELD, field)
        .field(key, number)
        .field(WINDOW, window)
        .endObject();
  }

  /**
   * The documents that are compared.
   *
   * @param most how many are compared at most
   */
  List<FusedDoc> of(FusedRanking ranking, int most) {
    int count = Math.min(Math.min(window, most), ranking.documents().size());
    return ranking.documents().subList(0, count);
  }

  /** The same documents, as a query over them. */
  FusionLeg search(FusedRanking ranking, int most) {
    FusedRanking top = new FusedRanking(List.of(), ranking.fusion(), of(ranking, most));
    return new FusionLeg(option, 1, new FusedDocsQueryBuilder(top, List.of(), FusionRole.WHOLE));
  }
}
