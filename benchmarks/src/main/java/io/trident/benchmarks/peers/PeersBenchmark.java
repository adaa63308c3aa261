package io.trident.benchmarks.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.benchmarks.collection.TextCollection;
import io.trident.benchmarks.command.Arguments;
import io.trident.benchmarks.command.Records;
import io.trident.benchmarks.node.BenchmarkNode;
import io.trident.benchmarks.node.BuiltIndex;
import io.trident.benchmarks.node.NodeProcess;
import io.trident.benchmarks.vectors.DataSet;
import io.trident.benchmarks.vectors.DerivedVectors;
import io.trident.benchmarks.vectors.FileVectors;
import io.trident.benchmarks.vectors.Item;
import io.trident.benchmarks.vectors.TextVectors;
import io.trident.cluster.Installation;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Builds every index of each {@link Comparison} on one node from the same vectors, merges it to one
 * segment, searches all side by side, and prints latencies, throughput, recall against exact
 * answers, bytes, build times, and ratios. Results are kept as JSON lines. An index that is built
 * is used again by later runs.
 */
public final class PeersBenchmark {

  private static final Map<String, String> OPTIONS = new TreeMap<>();

  static {
    OPTIONS.put("comparisons", "sparse,max_sim,dense,fusion"); // or files ending with .json
    OPTIONS.put("corpus", ""); // a folder with the corpus.jsonl that vectors are made of
    OPTIONS.put("vectors", ""); // instead, a folder of FileVectors; it has no text for fusion
    OPTIONS.put("documents", "100000");
    OPTIONS.put("queries", "200");
    OPTIONS.put("minutes", "10"); // of measuring, without building
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
  private final DataSet sparse;
  private final Client client;

  private PeersBenchmark(PrintStream out, Arguments arguments, BenchmarkNode node, DataSet sparse) {
    this.out = out;
    this.arguments = arguments;
    this.node = node;
    this.sparse = sparse;
    this.client = new Client(arguments.number("port"));
  }

  /** Runs the comparisons. */
  public static void main(String[] line) throws IOException {
    Arguments arguments = Arguments.parse(line, OPTIONS);
    PrintStream out = System.out;
    List<Comparison> comparisons = new ArrayList<>();
    for (String name : arguments.list("comparisons")) {
      comparisons.add(Comparison.read(name));
    }
    DataSet sparse = sparse(out, arguments);
    try (BenchmarkNode node =
        BenchmarkNode.start(
            out,
            arguments.path("files"),
            arguments.path("home"),
            arguments.text("heap"),
            arguments.number("port"))) {
      PeersBenchmark benchmark = new PeersBenchmark(out, arguments, node, sparse);
      int parts = comparisons.stream().mapToInt(c -> c.hits().size() * c.sets().size()).sum();
      for (Comparison comparison : comparisons) {
        benchmark.compare(comparison, arguments.number("minutes") * 60.0 / parts);
      }
    }
  }

  private static DataSet sparse(PrintStream out, Arguments arguments) throws IOException {
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
    DerivedVectors.Shape shape =
        new DerivedVectors.Shape(
            comparison.needs("dense") ? arguments.number("dense") : 0,
            comparison.needs("tokens") ? TOKEN_DIMENSION : 0,
            DOCUMENT_TOKENS,
            QUERY_TOKENS);
    return shape.dense() + shape.token() == 0 ? sparse : new DerivedVectors(sparse, shape);
  }

  private void compare(Comparison comparison, double seconds) throws IOException {
    if (comparison.needs("text") && arguments.text("corpus").isEmpty()) {
      throw new IllegalArgumentException(
          "[" + comparison.name() + "] needs texts: --corpus FOLDER");
    }
    DataSet data = data(comparison);
    int documents = Math.min(arguments.number("documents"), comparison.limit());
    for (Comparison.Setup setup : comparison.setup()) {
      node.api().call(setup.method(), setup.path(), setup.body()).ok();
    }
    Map<String, String> names = new LinkedHashMap<>();
    for (var entry : comparison.indices().entrySet()) {
      String name = name(entry.getKey(), entry.getValue(), data, documents);
      names.put(entry.getKey(), name);
      build(name, entry.getValue(), data, documents);
    }
    for (boolean expanded : comparison.sets()) {
      List<Item> queries = data.queries(expanded, arguments.number("queries"), documents);
      for (int k : comparison.hits()) {
        out.println("measuring " + comparison.name() + ", k=" + k);
        Measurement measurement = new Measurement(out, client, new NodeProcess(node.api()));
        for (Comparison.SystemSpec system : comparison.systems()) {
          measurement.add(system, names.get(system.index()), queries, k);
        }
        Truth truth = Truth.compute(comparison.truth(), data, documents, queries, k);
        PeersReport report =
            new PeersReport(comparison, measurement.run(truth, seconds), built(names));
        report.print(
            out,
            String.format(
                Locale.ROOT,
                "%s, %,d documents, %s queries, k=%d",
                comparison.name(),
                documents,
                expanded ? "expanded" : "short",
                k));
        report.record(
            new Records(arguments.path("out").resolve("results.jsonl")),
            run(documents, expanded, k));
      }
    }
  }

  private static String name(String index, Comparison.IndexSpec spec, DataSet data, int documents) {
    int content = (spec.digest() + data.name()).hashCode();
    return index + "-" + documents + "-" + Integer.toHexString(content);
  }

  private void build(String name, Comparison.IndexSpec spec, DataSet data, int documents)
      throws IOException {
    BuiltIndex index = new BuiltIndex(node.api(), name);
    if (index.built() == null) {
      index.build(
          out,
          spec.definition().replace("\"{{dimension}}\"", arguments.text("dense")),
          documents,
          loader ->
              data.documents(
                  documents,
                  (number, document) ->
                      loader.add(Integer.toString(number), spec.document().fill(document, 0))));
    }
  }

  /** What building each index took, and its bytes. */
  private Map<String, JsonNode> built(Map<String, String> names) {
    Map<String, JsonNode> built = new LinkedHashMap<>();
    names.forEach(
        (index, name) -> {
          BuiltIndex now = new BuiltIndex(node.api(), name);
          ObjectNode values = now.built().deepCopy();
          built.put(index, values.put("bytes", now.bytes()));
        });
    return built;
  }

  /** What a result depends on. */
  private Map<String, Object> run(int documents, boolean expanded, int k) {
    Map<String, Object> run = new LinkedHashMap<>();
    run.put("documents", documents);
    run.put("expanded", expanded);
    run.put("k", k);
    run.put("options", arguments.all());
    run.put("versions", node.versions());
    run.put("java", System.getProperty("java.vm.version"));
    run.put("cores", Runtime.getRuntime().availableProcessors());
    return run;
  }
}
