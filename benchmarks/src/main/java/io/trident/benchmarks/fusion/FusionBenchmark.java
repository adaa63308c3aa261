/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.fusion;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.benchmarks.collection.TextCollection;
import io.trident.benchmarks.command.Arguments;
import io.trident.benchmarks.command.Machine;
import io.trident.benchmarks.node.BenchmarkNode;
import io.trident.benchmarks.node.BuiltIndex;
import io.trident.benchmarks.node.NodeProcess;
import io.trident.benchmarks.vectors.DataSet;
import io.trident.benchmarks.vectors.DerivedVectors;
import io.trident.benchmarks.vectors.Item;
import io.trident.benchmarks.vectors.TextVectors;
import io.trident.cluster.Api;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * A fusion of three legs beside each leg alone: in each round one query is asked by all of them, in
 * an order that changes, and the fusion's time is divided by that of the leg that is the slowest by
 * its median. So what else the machine does meets both.
 */
public final class FusionBenchmark {

  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("files", "benchmarks/target/3.8.0/programs/files"),
          Map.entry("home", "/var/tmp/trident-fusion"),
          Map.entry("heap", "2g"),
          Map.entry("port", "19264"),
          Map.entry("corpus", ""),
          Map.entry("documents", "100000"),
          Map.entry("dimension", "128"),
          Map.entry("shards", "1,3"),
          Map.entry("window", "100"),
          Map.entry("queries", "100"),
          Map.entry("warmup", "1500"),
          Map.entry("rounds", "1500"));

  private static final int TOP = 10;
  private static final String WINDOW = ", window";
  private static final String FUSION = "fusion";

  /** With a least score, for which every fused document is looked for. */
  private static final String WHOLE = "fusion, whole";

  private final PrintStream out;
  private final Arguments arguments;
  private final Api api;
  private final DataSet data;

  private FusionBenchmark(PrintStream out, Arguments arguments, Api api) throws IOException {
    this.out = out;
    this.arguments = arguments;
    this.api = api;
    this.data =
        new DerivedVectors(
            new TextVectors(new TextCollection(arguments.path("corpus"))),
            new DerivedVectors.Shape(arguments.number("dimension"), 0, 0, 0));
  }

  /** Runs the benchmark; the options are those of the defaults above. */
  public static void main(String[] line) throws IOException {
    Arguments arguments = Arguments.parse(line, DEFAULTS);
    System.out.println(Machine.describe());
    try (BenchmarkNode node = BenchmarkNode.start(System.out, arguments)) {
      FusionBenchmark benchmark = new FusionBenchmark(System.out, arguments, node.api());
      for (String shards : arguments.list("shards")) {
        benchmark.compare(Integer.parseInt(shards));
      }
    }
  }

  private void compare(int shards) throws IOException {
    String index = "legs-" + shards + "-" + arguments.number("documents");
    build(index, shards);
    List<Map<String, String>> requests = new ArrayList<>();
    for (Item query : data.queries(true, arguments.number("queries"), documents())) {
      requests.add(requests(query));
    }
    measure(index, requests, arguments.number("warmup"));
    NodeProcess process = new NodeProcess(api);
    double compiled = process.compilerSeconds();
    Map<String, double[]> times = measure(index, requests, arguments.number("rounds"));
    print(
        "%d shards; the compiler worked for %.1f s", shards, process.compilerSeconds() - compiled);
    report(times);
  }

  private int documents() {
    return arguments.number("documents");
  }

  private void build(String name, int shards) throws IOException {
    BuiltIndex index = new BuiltIndex(api, name);
    if (index.built() != null) {
      return;
    }
    String definition =
        json(
            "{'settings': {'index.codec': 'trident', 'number_of_shards': %d, 'number_of_replicas': 0,"
                + " 'refresh_interval': '-1'}, 'mappings': {'_source': {'enabled': false},"
                + " 'properties': {'text': {'type': 'text'}, 's': {'type': 'impact_vector'},"
                + " 'd': {'type': 'dense_vector', 'dimension': %d}}}}",
            shards, arguments.number("dimension"));
    index.build(
        out,
        definition,
        documents(),
        loader ->
            data.documents(
                documents(),
                (number, item) ->
                    loader.add(
                        Integer.toString(number),
                        json("{'text': %s, 's': %s, 'd': %s}", parts(item)))));
  }

  /** Text, sparse and dense vector as JSON. */
  private static Object[] parts(Item item) throws IOException {
    return new Object[] {
      Api.JSON.writeValueAsString(item.text()), item.sparse().json(), Arrays.toString(item.dense())
    };
  }

  /** A leg alone gives its best documents, of which a fusion takes a window. */
  private Map<String, String> requests(Item item) throws IOException {
    Object[] parts = parts(item);
    Map<String, String> legs = new LinkedHashMap<>();
    legs.put("bm25", json("{'match': {'text': %1$s}}", parts));
    legs.put("sparse", json("{'learned_sparse': {'s': {'tokens': %2$s}}}", parts));
    legs.put("dense", json("{'dense': {'d': {'vector': %3$s}}}", parts));
    Map<String, String> requests = new LinkedHashMap<>();
    List<String> fused = new ArrayList<>();
    legs.forEach(
        (name, query) -> {
          requests.put(name, json("{'size': %d, 'query': %s}", TOP, query));
          requests.put(
              name + WINDOW, json("{'size': %s, 'query': %s}", arguments.text("window"), query));
          fused.add(json("{'query': %s}", query));
        });
    String fusion = json("{'fusion': {'window': %s, 'legs': %s}}", arguments.text("window"), fused);
    requests.put(FUSION, json("{'size': %d, 'query': %s}", TOP, fusion));
    requests.put(WHOLE, json("{'size': %d, 'min_score': 0, 'query': %s}", TOP, fusion));
    return requests;
  }

  /** The nanoseconds of each kind of request in each round. */
  private Map<String, double[]> measure(
      String index, List<Map<String, String>> requests, int rounds) {
    Map<String, double[]> times = new LinkedHashMap<>();
    requests.get(0).keySet().forEach(kind -> times.put(kind, new double[rounds]));
    List<String> order = new ArrayList<>(times.keySet());
    Random random = new Random(7);
    for (int round = 0; round < rounds; round++) {
      Collections.shuffle(order, random);
      for (String kind : order) {
        String request = requests.get(round % requests.size()).get(kind);
        long start = System.nanoTime();
        JsonNode found =
            api.call("POST", "/" + index + "/_search?request_cache=false", request).ok();
        times.get(kind)[round] = System.nanoTime() - start;
        if (found.at("/hits/hits").isEmpty()) {
          throw new IllegalStateException(kind + " found nothing by " + request);
        }
      }
    }
    return times;
  }

  private void report(Map<String, double[]> times) {
    times.forEach(
        (kind, nanos) ->
            print(
                "%-16s p25 %.2f, p50 %.2f, p75 %.2f, p99 %.2f ms",
                kind,
                quantile(nanos, 0.25) / 1e6,
                quantile(nanos, 0.5) / 1e6,
                quantile(nanos, 0.75) / 1e6,
                quantile(nanos, 0.99) / 1e6));
    ratios(times, slowest(times, false));
    ratios(times, slowest(times, true));
    ratios(times, WHOLE);
  }

  /** The leg with the largest median, for its best documents or for a window of them. */
  private static String slowest(Map<String, double[]> times, boolean window) {
    return times.keySet().stream()
        .filter(kind -> kind.startsWith(FUSION) == false && kind.endsWith(WINDOW) == window)
        .max((a, b) -> Double.compare(quantile(times.get(a), 0.5), quantile(times.get(b), 0.5)))
        .orElseThrow();
  }

  private void ratios(Map<String, double[]> times, String other) {
    double[] fusion = times.get(FUSION);
    double[] leg = times.get(other);
    double[] ratios = new double[fusion.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = fusion[i] / leg[i];
    }
    print(
        "fusion / [%s] of the same round: p25 %.2f, p50 %.2f, p75 %.2f; of the medians %.2f, of the p99 %.2f",
        other,
        quantile(ratios, 0.25),
        quantile(ratios, 0.5),
        quantile(ratios, 0.75),
        quantile(fusion, 0.5) / quantile(leg, 0.5),
        quantile(fusion, 0.99) / quantile(leg, 0.99));
  }

  private static double quantile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.min(sorted.length - 1, share * sorted.length)];
  }

  private void print(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }

  private static String json(String format, Object... values) {
    return String.format(Locale.ROOT, format.replace('\'', '"'), values);
  }
}
