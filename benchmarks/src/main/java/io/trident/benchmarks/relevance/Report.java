/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.relevance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.benchmarks.command.Records;
import io.trident.cluster.Api;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the systems of one collection reached, as a table, one line per query, and records. */
final class Report {

  private static final Metric COMPARED = Metric.NDCG_10;

  private final Map<RetrievalSystem, Evaluation> evaluations;
  private final Evaluation baseline;

  /**
   * A report.
   *
   * @param baseline the name of the system that others are compared with
   */
  Report(Map<RetrievalSystem, Evaluation> evaluations, String baseline) {
    this.evaluations = evaluations;
    this.baseline =
        evaluations.entrySet().stream()
            .filter(entry -> entry.getKey().name().equals(baseline))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "the baseline ["
                            + baseline
                            + "] must be one of "
                            + evaluations.keySet().stream().map(RetrievalSystem::name).toList()));
  }

  /** Prints a table in Markdown. */
  void print(PrintStream out) {
    StringBuilder head = new StringBuilder("| system |");
    StringBuilder rule = new StringBuilder("|---|");
    for (Metric metric : Metric.values()) {
      head.append(' ').append(metric.label()).append(" |");
      rule.append("---|");
    }
    out.println(head + " difference | p | better / worse |");
    out.println(rule + "---|---|---|");
    evaluations.forEach((system, evaluation) -> out.println(row(system, evaluation)));
  }

  private String row(RetrievalSystem system, Evaluation evaluation) {
    StringBuilder row = new StringBuilder("| " + system.name() + " |");
    for (Metric metric : Metric.values()) {
      row.append(String.format(Locale.ROOT, " %.4f |", evaluation.mean(metric)));
    }
    if (evaluation == baseline) {
      return row.append(" | | |").toString();
    }
    return row.append(
            String.format(
                Locale.ROOT,
                " %+.4f | %s | %d / %d |",
                evaluation.mean(COMPARED) - baseline.mean(COMPARED),
                rounded(evaluation.pValue(COMPARED, baseline)),
                evaluation.better(COMPARED, baseline),
                baseline.better(COMPARED, evaluation)))
        .toString();
  }

  private static String rounded(double pValue) {
    return pValue < 0.0001 ? "< 0.0001" : String.format(Locale.ROOT, "%.4f", pValue);
  }

  /** Writes the compared metric of every query and system. */
  void write(Path file, List<String> queries) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write("query");
      for (RetrievalSystem system : evaluations.keySet()) {
        out.write("\t" + system.name());
      }
      out.newLine();
      for (int i = 0; i < queries.size(); i++) {
        out.write(queries.get(i));
        for (Evaluation evaluation : evaluations.values()) {
          out.write(String.format(Locale.ROOT, "\t%.4f", evaluation.values(COMPARED)[i]));
        }
        out.newLine();
      }
    }
  }

  /** Keeps a record of each system. */
  void record(Records records, String collection) throws IOException {
    for (Map.Entry<RetrievalSystem, Evaluation> entry : evaluations.entrySet()) {
      ObjectNode node = Api.JSON.createObjectNode();
      node.put("collection", collection).put("system", entry.getKey().name());
      for (Metric metric : Metric.values()) {
        node.put(metric.label(), entry.getValue().mean(metric));
      }
      node.put("p", entry.getValue().pValue(COMPARED, baseline));
      records.add(node);
    }
  }
}
