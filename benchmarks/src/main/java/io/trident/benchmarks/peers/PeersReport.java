/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.peers;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.benchmarks.command.Records;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The measurements of one comparison as tables in Markdown, and as records. */
final class PeersReport {

  private final Map<Comparison.SystemSpec, Measured> measured;
  private final Map<String, JsonNode> built;

  PeersReport(Map<Comparison.SystemSpec, Measured> measured, Map<String, JsonNode> built) {
    this.measured = measured;
    this.built = built;
  }

  /** Prints the systems, the indices, and then each of ours beside each baseline. */
  void print(PrintStream out, String title) {
    out.println();
    out.println("### " + title);
    out.println(
        "| system | mean | p50 | p90 | p99 ms | server ms, rounded down |"
            + " 1 client, per second | 2 clients | processor ms | recall |");
    out.println("|---|---|---|---|---|---|---|---|---|---|");
    measured.forEach((system, values) -> out.println(row(system, values)));
    out.println();
    out.println(
        "| index | MB on disk | MB of it touched | heap MB | native MB | index s |"
            + " flush and merge s | processor s |");
    out.println("|---|---|---|---|---|---|---|---|");
    built.forEach((index, build) -> out.println(row(index, build)));
    out.println();
    out.println("| pair: how many times | " + String.join(" | ", Ratios.NAMES) + " |");
    out.println("|---" + "|---".repeat(Ratios.NAMES.size()) + "|");
    for (Ratios ratios : ratios()) {
      out.println("| " + ratios.pair() + " | " + join(ratios.values()) + " |");
    }
    out.println();
  }

  /** Each of ours beside each baseline. */
  List<Ratios> ratios() {
    List<Ratios> pairs = new ArrayList<>();
    measured.forEach(
        (ours, values) ->
            measured.forEach(
                (theirs, base) -> {
                  if (theirs.baseline() && ours.baseline() == false) {
                    pairs.add(
                        Ratios.of(
                            theirs.name() + " : " + ours.name(),
                            base,
                            built.get(theirs.index()),
                            values,
                            built.get(ours.index())));
                  }
                }));
    return pairs;
  }

  private static String join(List<Double> values) {
    return values.stream()
        .map(value -> String.format(Locale.ROOT, "%.2f", value))
        .collect(Collectors.joining(" | "));
  }

  private static String row(Comparison.SystemSpec system, Measured values) {
    return String.format(
        Locale.ROOT,
        "| %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.0f | %.0f | %.2f | %s |",
        system.name(),
        values.mean(),
        values.percentile(0.5),
        values.percentile(0.9),
        values.percentile(0.99),
        values.took(),
        values.throughputOfOne(),
        values.throughputOfTwo(),
        values.processor(),
        Double.isNaN(values.recall()) ? "" : String.format(Locale.ROOT, "%.3f", values.recall()));
  }

  private static String row(String index, JsonNode build) {
    return String.format(
        Locale.ROOT,
        "| %s | %.0f | %.0f | %.1f | %.1f | %.0f | %.0f | %.0f |",
        index,
        build.path("bytes").asLong() / 1e6,
        build.path("touched_bytes").asLong() / 1e6,
        build.path("heap_bytes").asLong() / 1e6,
        build.path("native_bytes").asLong() / 1e6,
        build.path("index_seconds").asDouble(),
        build.path("merge_seconds").asDouble(),
        build.path("processor_seconds").asDouble());
  }

  /** Keeps a record of each system. */
  void record(Records records, Map<String, Object> run) throws IOException {
    for (var entry : measured.entrySet()) {
      Measured values = entry.getValue();
      Map<String, Object> node = new LinkedHashMap<>();
      node.put("system", entry.getKey().name());
      node.put("mean_ms", values.mean());
      for (int percent : new int[] {50, 90, 99}) {
        node.put("p" + percent + "_ms", values.percentile(percent / 100.0));
      }
      node.put("server_ms", values.took());
      node.put("searches", values.count());
      node.put("throughput_1", values.throughputOfOne());
      node.put("throughput_2", values.throughputOfTwo());
      node.put("processor_ms", values.processor());
      node.put("recall", Double.isNaN(values.recall()) ? null : values.recall());
      node.put("build", built.get(entry.getKey().index()));
      node.putAll(run);
      records.add(node);
    }
  }
}
