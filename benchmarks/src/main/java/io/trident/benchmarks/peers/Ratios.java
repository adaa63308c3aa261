/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.peers;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How many times a baseline takes what one of ours takes, or ours reaches what it reaches; above 1
 * is in our favour.
 *
 * @param pair the baseline's name and ours
 * @param values one for each of {@link #NAMES}
 */
record Ratios(String pair, List<Double> values) {

  /** What is compared; the first {@link #REPEATED} change from measurement to measurement. */
  static final List<String> NAMES =
      List.of(
          "mean", "p50", "2 clients", "processor", "p99", "bytes", "build", "processor to build");

  /** How many of the values must agree when they are measured again. */
  static final int REPEATED = 4;

  /** Compares measurements and what was measured of the indices' builds. */
  static Ratios of(
      String pair, Measured theirs, JsonNode theirBuild, Measured ours, JsonNode ourBuild) {
    return new Ratios(
        pair,
        List.of(
            theirs.mean() / ours.mean(),
            theirs.percentile(0.5) / ours.percentile(0.5),
            ours.throughputOfTwo() / theirs.throughputOfTwo(),
            theirs.processor() / ours.processor(),
            theirs.percentile(0.99) / ours.percentile(0.99),
            number(theirBuild, "bytes") / number(ourBuild, "bytes"),
            seconds(theirBuild) / seconds(ourBuild),
            number(theirBuild, "processor_seconds") / number(ourBuild, "processor_seconds")));
  }

  private static double number(JsonNode build, String name) {
    return build.path(name).asDouble();
  }

  private static double seconds(JsonNode build) {
    return number(build, "index_seconds") + number(build, "merge_seconds");
  }

  /** By how much each of the values that must agree differs, as a share of this one's. */
  List<Double> differences(Ratios again) {
    return IntStream.range(0, REPEATED)
        .mapToObj(i -> Math.abs(again.values.get(i) / values.get(i) - 1))
        .toList();
  }
}
