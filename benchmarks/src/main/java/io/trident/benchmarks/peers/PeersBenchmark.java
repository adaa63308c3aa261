/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.peers;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.benchmarks.collection.TextCollection;
import io.trident.benchmarks.command.Arguments;
import io.trident.benchmarks.command.Machine;
import io.trident.benchmarks.command.Records;
import io.trident.benchmarks.node.BenchmarkNode;
import io.trident.benchmarks.node.NodeProcess;
import io.trident.benchmarks.vectors.DataSet;
import io.trident.benchmarks.vectors.DerivedVectors;
import io.trident.benchmarks.vectors.FileVectors;
import io.trident.benchmarks.vectors.Item;
import io.trident.benchmarks.vectors.KeptVectors;
import io.trident.benchmarks.vectors.ModelVectors;
import io.trident.benchmarks.vectors.TextEncoder;
import io.trident.benchmarks.vectors.TextVectors;
import io.trident.cluster.Installation;
import io.trident.models.api.Representation;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Builds every index of each {@link Comparison} on one node from the same vectors, merges it to one
 * segment, searches all side by side, and prints latencies, throughput, recall against exact
 * answers, bytes, memory, build times, and ratios; when it measures more than once, also whether
 * the ratios agree. Results are kept as JSON lines. An index that is built is used again by later
 * runs, and what a run of the same name has measured is not measured again.
 */
public final class PeersBenchmark {

  private static final Map<String, String> OPTIONS = new TreeMap<>();

  static {
    OPTIONS.put("comparisons", "sparse,max_sim,dense,fusion"); // or files ending with .json
    OPTIONS.put("indices", ""); // some of a comparison's, by name; all when there are none
    OPTIONS.put("corpus", ""); // a folder with the corpus.jsonl that vectors are made of
    OPTIONS.put("vectors", ""); // instead, a folder of FileVectors; it has no text for fusion
    OPTIONS.put("model", ""); // gives the corpus's token and dense vectors, which else are made up
    OPTIONS.put("models", "models"); // a folder, for other models than those of the plugin
    OPTIONS.put("documents", "100000"); // several sizes between commas
    OPTIONS.put("queries", "200");
    OPTIONS.put("minutes", "10"); // of measuring; 0 builds indices and measures nothing
    OPTIONS.put("build_minutes", "120"); // for loading an index, which else is left out
    OPTIONS.put("repeat", "1"); // how often all is measured
    OPTIONS.put("run", ""); // a name under which a run that was stopped goes on
    OPTIONS.put("dense", "384"); // dimensions
    OPTIONS.put("out", "peers");
    OPTIONS.put("files", "");
    OPTIONS.put("home", Installation.defaultFolder("peers").toString());
    OPTIONS.put("port", "9218");
    OPTIONS.put("heap", "4g");
  }

  private static final int TOKEN_DIMENSION = 128;
  private static final int DOCUMENT_TOKENS = 80;
  private static final int QUERY_TOKENS = 32;

  private final PrintStream out;
  private final Arguments arguments;
  private final BenchmarkNode node;
  private final DataSet given;
  private final TextEncoder encoder;
  private final Client client;
  private final Records records;

  private PeersBenchmark(
      PrintStream out,
      Arguments arguments,
      BenchmarkNode node,
      DataSet given,
      TextEncoder encoder) {
    this.out = out;
    this.arguments = arguments;
    this.node = node;
    this.given = given;
    this.encoder = encoder;
    this.client = new Client(arguments.number("port"));
    this.records = new Records(arguments.path("out").resolve("results.jsonl"));
  }

  /** Runs the comparisons. */
  public static void main(String[] line) throws IOException {
    Arguments arguments = Arguments.parse(line, OPTIONS);
    run(System.out, arguments, texts(System.out, arguments));
  }

  /** The options with other defaults for some. */
  static Map<String, String> options(Map<String, String> others) {
    Map<String, String> options = new TreeMap<>(OPTIONS);
    options.putAll(others);
    return options;
  }

  /** Runs the comparisons on a data set, which gives all vectors that are not derived of it. */
  static void run(PrintStream out, Arguments arguments, DataSet given) throws IOException {
    out.println(Machine.describe());
    List<Comparison> comparisons = new ArrayList<>();
    for (String name : arguments.list("comparisons")) {
      comparisons.add(Comparison.read(name));
    }
    int parts =
        comparisons.stream()
            .mapToInt(c -> c.hits().size() * c.sets().size() * sizes(arguments, c).size())
            .sum();
    double seconds = arguments.number("minutes") * 60.0 / parts / arguments.number("repeat");
    try (TextEncoder encoder = new TextEncoder(arguments.path("models"), arguments.text("model"));
        BenchmarkNode node = BenchmarkNode.start(out, arguments)) {
      PeersBenchmark benchmark = new PeersBenchmark(out, arguments, node, given, encoder);
      for (Comparison comparison : comparisons) {
        for (int documents : sizes(arguments, comparison)) {
          benchmark.compare(comparison, documents, seconds);
        }
      }
    }
  }

  /** How many documents a comparison is made with. */
  private static List<Integer> sizes(Arguments arguments, Comparison comparison) {
    return arguments.list("documents").stream()
        .map(documents -> Math.min(Integer.parseInt(documents), comparison.limit()))
        .distinct()
        .toList();
  }

  private static DataSet texts(PrintStream out, Arguments arguments) throws IOException {
    if (arguments.text("corpus").isEmpty()) {
      if (arguments.text("vectors").isEmpty()) {
        throw new IllegalArgumentException(
            "[corpus] or [vectors] must be a folder; ./trident benchmark corpus makes a corpus");
      }
      return new FileVectors(arguments.path("vectors"));
    }
    out.println("counting the words of " + arguments.text("corpus"));
    return new TextVectors(new TextCollection(arguments.path("corpus")));
  }

  private DataSet data(Comparison comparison) {
    if (given.hasTokens()) {
      return given;
    }
    if (arguments.text("model").isEmpty()) {
      return madeUp(comparison);
    }
    Set<Representation> wanted = EnumSet.noneOf(Representation.class);
    if (comparison.needs("dense")) {
      wanted.add(Representation.DENSE);
    }
    if (comparison.needs("tokens")) {
      wanted.add(Representation.TOKENS);
    }
    if (wanted.isEmpty()) {
      return given;
    }
    DataSet encoded = new ModelVectors(given, encoder, wanted, DOCUMENT_TOKENS, QUERY_TOKENS);
    return wanted.contains(Representation.TOKENS) ? encoded : new KeptVectors(encoded);
  }

  private DataSet madeUp(Comparison comparison) {
    DerivedVectors.Shape shape =
        new DerivedVectors.Shape(
            comparison.needs("dense") ? arguments.number("dense") : 0,
            comparison.needs("tokens") ? TOKEN_DIMENSION : 0,
            DOCUMENT_TOKENS,
            QUERY_TOKENS);
    return shape.dense() + shape.token() == 0 ? given : new DerivedVectors(given, shape);
  }

  private void compare(Comparison comparison, int documents, double seconds) throws IOException {
    boolean needsTexts = comparison.needs("text") || arguments.text("model").isEmpty() == false;
    if (needsTexts && arguments.text("corpus").isEmpty()) {
      throw new IllegalArgumentException(
          "[" + comparison.name() + "] needs texts: --corpus FOLDER");
    }
    DataSet data = data(comparison);
    for (Comparison.Setup setup : comparison.setup()) {
      node.api().call(setup.method(), setup.path(), setup.body()).ok();
    }
    Indices indices = new Indices(out, node.api(), comparison);
    indices.build(
        data,
        documents,
        new Indices.Choice(
            arguments.list("indices"),
            arguments.number("dense"),
            arguments.number("build_minutes") * 60.0));
    if (seconds == 0) {
      return;
    }
    List<Item> first =
        data.queries(comparison.sets().get(0), arguments.number("queries"), documents);
    indices.measureMemory(client, first, comparison.hits().get(0));
    indices.ready();
    for (boolean expanded : comparison.sets()) {
      List<Item> queries = data.queries(expanded, arguments.number("queries"), documents);
      int deepest = comparison.hits().stream().mapToInt(k -> k).max().orElseThrow();
      Truth truth = Truth.compute(comparison.truth(), data, documents, queries, deepest);
      for (int k : comparison.hits()) {
        measure(new Part(comparison, documents, expanded, k), indices, queries, truth, seconds);
      }
    }
  }

  /** What is measured at once. */
  private record Part(Comparison comparison, int documents, boolean expanded, int k) {

    String title() {
      return String.format(
          Locale.ROOT,
          "%s, %,d documents, %s queries, k=%d",
          comparison.name(),
          documents,
          expanded ? "expanded" : "short",
          k);
    }
  }

  private void measure(Part part, Indices indices, List<Item> queries, Truth truth, double seconds)
      throws IOException {
    Repetition repetition = new Repetition();
    for (int time = 0; time < arguments.number("repeat"); time++) {
      Map<String, Object> run = run(part, time);
      if (isKept(run)) {
        out.println(part.title() + " was measured before");
        continue;
      }
      out.println("measuring " + part.title());
      Measurement measurement = new Measurement(out, client, new NodeProcess(node.api()), part.k());
      for (Comparison.SystemSpec system : part.comparison().systems()) {
        if (indices.has(system.index())) {
          measurement.add(system, indices.name(system.index()), queries);
        }
      }
      PeersReport report = new PeersReport(measurement.run(truth, seconds), indices.built());
      run.put("load", Machine.load());
      report.print(out, part.title());
      report.record(records, run);
      repetition.add(report);
    }
    repetition.print(out);
  }

  /** Whether a run of the same name has the results of a part. */
  private boolean isKept(Map<String, Object> run) throws IOException {
    if (arguments.text("run").isEmpty()) {
      return false;
    }
    List<String> keys = List.of("comparison", "run", "time", "documents", "expanded", "k");
    for (JsonNode entry : records.read()) {
      if (keys.stream()
          .allMatch(key -> entry.path(key).asText().equals(String.valueOf(run.get(key))))) {
        return true;
      }
    }
    return false;
  }

  /** What a result depends on. */
  private Map<String, Object> run(Part part, int time) throws IOException {
    Map<String, Object> run = new LinkedHashMap<>();
    run.put("comparison", part.comparison().name());
    run.put("run", arguments.text("run"));
    run.put("time", time);
    run.put("documents", part.documents());
    run.put("expanded", part.expanded());
    run.put("k", part.k());
    run.put("options", arguments.all());
    run.put("versions", node.versions());
    run.put("machine", Machine.describe());
    return run;
  }
}
