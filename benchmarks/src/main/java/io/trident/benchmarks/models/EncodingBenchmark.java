/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.models;

import io.trident.benchmarks.command.Arguments;
import io.trident.benchmarks.node.BenchmarkNode;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the embedded encoder does on a node: queries without inference, documents per second by
 * length and the share of the node's processor time at saturation that is in the threads that
 * encode, of which {@link LoopBenchmark} says how much is ONNX Runtime's; and a soak at twice the
 * capacity.
 */
public final class EncodingBenchmark {

  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("files", "benchmarks/target/3.8.0/programs/files"),
          Map.entry("home", "/var/tmp/trident-encoding"),
          Map.entry("heap", "1g"),
          Map.entry("port", "19260"),
          Map.entry("model", "trident-mini"),
          Map.entry("lengths", "16,64,128,250"),
          Map.entry("seconds", "20"),
          Map.entry("clients", "6"),
          Map.entry("bulk", "32"),
          Map.entry("queries", "20000"),
          Map.entry("minutes", "0"));

  private static final int SOAK_TOKENS = 64;

  private static final int SOAK_BULK = 4;

  private final PrintStream out;
  private final Arguments arguments;
  private final EncodingNode node;
  private final Texts texts;
  private final AtomicLong numbers = new AtomicLong();

  private EncodingBenchmark(PrintStream out, Arguments arguments, EncodingNode node)
      throws IOException {
    this.out = out;
    this.arguments = arguments;
    this.node = node;
    this.texts = new Texts(arguments.text("model"));
  }

  /** Runs the benchmark; the options are those of the defaults above. */
  public static void main(String[] line) throws IOException, InterruptedException {
    Arguments arguments = Arguments.parse(line, DEFAULTS);
    try (BenchmarkNode server = BenchmarkNode.start(System.out, arguments)) {
      EncodingNode node = new EncodingNode(server.api(), arguments.text("model"));
      EncodingBenchmark benchmark = new EncodingBenchmark(System.out, arguments, node);
      node.createIndex();
      benchmark.queries();
      benchmark.ingest();
      if (arguments.number("minutes") > 0) {
        benchmark.soak(Duration.ofMinutes(arguments.number("minutes")));
      }
    }
  }

  private void print(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }

  /** Searches by texts that the cache does not know; first of all, for the node counts them all. */
  private void queries() throws IOException {
    int count = arguments.number("queries");
    for (int q = 0; q < count; q++) {
      String text = texts.text(-1 - q, 4);
      String query = "{\"body_sparse\": {\"text\": \"" + text + "\"}}";
      node.api()
          .call(
              "POST",
              "/" + EncodingNode.INDEX + "/_search",
              "{\"query\": {\"learned_sparse\": " + query + "}}")
          .ok();
    }
    print("query encoding without inference: p50 %.3f ms", node.counted().p50Micros() / 1e3);
  }

  private void ingest() throws IOException, InterruptedException {
    for (String length : arguments.list("lengths")) {
      int tokens = Integer.parseInt(length);
      load(tokens, arguments.number("bulk")).saturate(arguments.number("clients"), seconds(4));
      EncodingNode.Counted before = node.counted();
      IngestLoad.Outcome outcome =
          load(tokens, arguments.number("bulk"))
              .saturate(arguments.number("clients"), seconds(arguments.number("seconds")));
      EncodingNode.Counted after = node.counted();
      print(
          "%d tokens: %.1f documents per second, %.0f tokens per second; %.1f %% of the node's"
              + " processor time in the threads that encode",
          tokens,
          outcome.rate(),
          (after.tokens() - before.tokens()) / outcome.seconds(),
          100.0
              * (after.encodingTicks() - before.encodingTicks())
              / (after.processorTicks() - before.processorTicks()));
    }
  }

  private static Duration seconds(int count) {
    return Duration.ofSeconds(count);
  }

  private IngestLoad load(int tokens, int bulk) {
    return new IngestLoad(node.api(), EncodingNode.INDEX, texts, tokens, bulk, numbers);
  }

  /** Sends twice what the node can take, and sees that nothing is lost and no memory grows. */
  private void soak(Duration time) throws IOException, InterruptedException {
    double capacity =
        load(SOAK_TOKENS, SOAK_BULK).saturate(arguments.number("clients"), seconds(15)).rate();
    long before = node.count();
    long held = node.heldBytes();
    print(
        "soak: %.1f documents per second are its capacity, twice as many are sent; %d MB held",
        capacity, held >> 20);
    long acknowledged = 0;
    long rejected = 0;
    long failed = 0;
    long minutes = time.toMinutes();
    for (long minute = 1; minute <= minutes; minute++) {
      IngestLoad.Outcome outcome =
          load(SOAK_TOKENS, SOAK_BULK).offer(2 * capacity, Duration.ofMinutes(1));
      acknowledged += outcome.acknowledged();
      rejected += outcome.rejected();
      failed += outcome.failed();
      print(
          "minute %d: %d acknowledged, %d answered 429, %d failed; %d MB held",
          minute,
          outcome.acknowledged(),
          outcome.rejected(),
          outcome.failed(),
          node.heldBytes() >> 20);
    }
    long counted = node.count() - before;
    print(
        "soak: %d acknowledged, %d counted, %d answered 429, %d failed; %d MB held, %d before",
        acknowledged, counted, rejected, failed, node.heldBytes() >> 20, held >> 20);
    if (counted != acknowledged || failed > 0) {
      throw new IllegalStateException("documents were lost, or failed otherwise than by 429");
    }
  }
}
