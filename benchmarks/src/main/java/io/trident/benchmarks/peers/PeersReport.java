package io.trident.benchmarks.peers;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.benchmarks.command.Records;
import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The measurements of one comparison as tables in Markdown, and as records. */
final class PeersReport {

  private final Comparison comparison;
  private final Map<Comparison.SystemSpec, Measured> measured;
  private final Map<String, JsonNode> built;

  PeersReport(
      Comparison comparison,
      Map<Comparison.SystemSpec, Measured> measured,
      Map<String, JsonNode> built) {
    this.comparison = comparison;
    this.measured = measured;
    this.built = built;
  }

  /** Prints the systems, and then each of ours beside each baseline. */
  void print(PrintStream out, String title) {
    out.println();
    out.println("### " + title);
    out.println(
        "| system | mean | p50 | p90 | p99 ms | server ms | 1 client, a second | 2 clients | processor ms"
            + " | recall | MB | index s | flush and merge s | processor s |");
    out.println("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    measured.forEach((system, values) -> out.println(row(system, values)));
    out.println();
    out.println(
        "| pair: how many times | mean | p50 | p99 | 2 clients | processor | bytes | build"
            + " | processor to build |");
    out.println("|---|---|---|---|---|---|---|---|---|");
    measured.forEach(
        (system, values) -> {
          if (system.baseline() == false) {
            measured.forEach(
                (other, base) -> {
                  if (other.baseline()) {
                    out.println(pair(system, values, other, base));
                  }
                });
          }
        });
    out.println();
  }

  private String row(Comparison.SystemSpec system, Measured values) {
    JsonNode build = built.get(system.index());
    return String.format(
        Locale.ROOT,
        "| %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.0f | %.0f | %.2f | %s | %.0f | %.0f | %.0f | %.0f |",
        system.name(),
        values.mean(),
        values.percentile(0.5),
        values.percentile(0.9),
        values.percentile(0.99),
        values.took(),
        values.throughputOfOne(),
        values.throughputOfTwo(),
        values.processor(),
        Double.isNaN(values.recall()) ? "" : String.format(Locale.ROOT, "%.3f", values.recall()),
        build.path("bytes").asLong() / 1e6,
        build.path("index_seconds").asDouble(),
        build.path("merge_seconds").asDouble(),
        build.path("processor_seconds").asDouble());
  }

  private String pair(
      Comparison.SystemSpec system, Measured ours, Comparison.SystemSpec other, Measured theirs) {
    return String.format(
        Locale.ROOT,
        "| %s : %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |",
        other.name(),
        system.name(),
        theirs.mean() / ours.mean(),
        theirs.percentile(0.5) / ours.percentile(0.5),
        theirs.percentile(0.99) / ours.percentile(0.99),
        ours.throughputOfTwo() / theirs.throughputOfTwo(),
        theirs.processor() / ours.processor(),
        build(other, "bytes") / build(system, "bytes"),
        seconds(other) / seconds(system),
        build(other, "processor_seconds") / build(system, "processor_seconds"));
  }

  private double build(Comparison.SystemSpec system, String what) {
    return built.get(system.index()).path(what).asDouble();
  }

  private double seconds(Comparison.SystemSpec system) {
    return build(system, "index_seconds") + build(system, "merge_seconds");
  }

  /** Keeps a record of each system. */
  void record(Records records, Map<String, Object> run) throws IOException {
    for (var entry : measured.entrySet()) {
      Measured values = entry.getValue();
      Map<String, Object> node = new LinkedHashMap<>();
      node.put("comparison", comparison.name());
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
