/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.models;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.benchmarks.command.Arguments;
import io.trident.benchmarks.node.BenchmarkNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a {@code neural_text} field costs beside the pipeline and the fields that it stands for. In
 * each round both take the same texts on one node, each into a new index, in an order that changes
 * from round to round; the ratio of a round is taken of neighbors in time, and the median of the
 * ratios counts. Above 1 the field costs more.
 */
public final class FieldBenchmark {

  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("files", "benchmarks/target/3.8.0/programs/files"),
          Map.entry("home", "/var/tmp/trident-encoding-field"),
          Map.entry("heap", "1g"),
          Map.entry("port", "19262"),
          Map.entry("model", "trident-mini"),
          Map.entry("lengths", "16,64,250"),
          Map.entry("seconds", "10"),
          Map.entry("clients", "6"),
          Map.entry("bulk", "32"),
          Map.entry("rounds", "5"));

  private static final String FIELD = "by-field";
  private static final String PIPELINE = "by-pipeline";

  /** Numbers of texts that a round may use: ten million. */
  private static final long ROUND = 10_000_000;

  private final PrintStream out;
  private final Arguments arguments;
  private final Api api;
  private final EncodingNode node;
  private final Texts texts;

  private FieldBenchmark(PrintStream out, Arguments arguments, Api api) throws IOException {
    this.out = out;
    this.arguments = arguments;
    this.api = api;
    this.node = new EncodingNode(api, arguments.text("model"));
    this.texts = new Texts(arguments.text("model"));
  }

  /** Runs the benchmark; the options are those of the defaults above. */
  public static void main(String[] line) throws IOException, InterruptedException {
    Arguments arguments = Arguments.parse(line, DEFAULTS);
    try (BenchmarkNode server = BenchmarkNode.start(System.out, arguments)) {
      FieldBenchmark benchmark = new FieldBenchmark(System.out, arguments, server.api());
      for (String length : arguments.list("lengths")) {
        benchmark.compare(Integer.parseInt(length));
      }
    }
  }

  /**
   * What a load cost.
   *
   * @param rate documents per second
   * @param ticks of the node's processor time per document
   */
  private record Cost(double rate, double ticks) {}

  private void compare(int tokens) throws IOException, InterruptedException {
    int rounds = arguments.number("rounds");
    double[] times = new double[rounds];
    double[] ticks = new double[rounds];
    cost(FIELD, tokens, -1); // warms up
    cost(PIPELINE, tokens, -1);
    for (int round = 0; round < rounds; round++) {
      Cost before = round % 2 == 0 ? null : cost(PIPELINE, tokens, round);
      Cost field = cost(FIELD, tokens, round);
      Cost pipeline = before == null ? cost(PIPELINE, tokens, round) : before;
      times[round] = pipeline.rate() / field.rate();
      ticks[round] = field.ticks() / pipeline.ticks();
      print(
          "%d tokens, round %d: %.1f documents per second by the field, %.1f by the pipeline",
          tokens, round + 1, field.rate(), pipeline.rate());
    }
    Arrays.sort(times);
    Arrays.sort(ticks);
    print(
        "%d tokens: the field takes %.3f times the pipeline's time (%.3f to %.3f), and %.3f times its"
            + " processor time (%.3f to %.3f)",
        tokens,
        times[rounds / 2],
        times[0],
        times[rounds - 1],
        ticks[rounds / 2],
        ticks[0],
        ticks[rounds - 1]);
  }

  private void print(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }

  private Cost cost(String index, int tokens, int round) throws IOException, InterruptedException {
    createIndices();
    long before = node.counted().processorTicks();
    AtomicLong numbers = new AtomicLong(round * ROUND);
    IngestLoad.Outcome outcome =
        new IngestLoad(api, index, texts, tokens, arguments.number("bulk"), numbers)
            .saturate(arguments.number("clients"), Duration.ofSeconds(arguments.number("seconds")));
    api.call("POST", "/" + index + "/_flush", null).ok();
    long ticks = node.counted().processorTicks() - before;
    if (outcome.rejected() + outcome.failed() > 0) {
      throw new IllegalStateException(index + " did not take all documents: " + outcome);
    }
    return new Cost(outcome.rate(), (double) ticks / outcome.acknowledged());
  }

  /** Makes both indices anew, with the same fields for what is made of the text. */
  private void createIndices() {
    api.call("DELETE", "/" + FIELD + "," + PIPELINE + "?ignore_unavailable=true", null).ok();
    String field = json("{'type': 'neural_text', 'model': '%s'}", arguments.text("model"));
    create(FIELD, "", json("'body': %s", field));
    JsonNode mappings = api.call("GET", "/" + FIELD + "/_mapping", null).ok();
    JsonNode passages =
        mappings.at("/" + FIELD + "/mappings/properties/body_neural/properties/passages");
    StringBuilder targets = new StringBuilder();
    for (String target : new String[] {"sparse", "dense", "tokens"}) {
      if (passages.path("properties").has(target)) {
        targets.append(json("'%s': '%s', ", target, target));
      }
    }
    String pipeline =
        json(
            "{'processors': [{'encode': {'model': '%s', 'field': 'body', %s 'passages':"
                + " {'field': 'passages', 'max_tokens': 128, 'overlap': 16}}}]}",
            arguments.text("model"), targets);
    api.call("PUT", "/_ingest/pipeline/" + PIPELINE, pipeline).ok();
    create(
        PIPELINE,
        json("'index.codec': 'trident', 'default_pipeline': '%s', ", PIPELINE),
        json("'body': {'type': 'text'}, 'passages': ") + passages);
  }

  private void create(String index, String settings, String properties) {
    String all =
        json("{'settings': {%s'number_of_replicas': 0}, 'mappings': {'properties': {", settings);
    api.call("PUT", "/" + index, all + properties + "}}}").ok();
  }

  private static String json(String format, Object... values) {
    return String.format(Locale.ROOT, format, values).replace('\'', '"');
  }
}
