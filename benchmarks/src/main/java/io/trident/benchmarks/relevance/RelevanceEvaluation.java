/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.relevance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.benchmarks.collection.Passage;
import io.trident.benchmarks.collection.Question;
import io.trident.benchmarks.collection.TextCollection;
import io.trident.benchmarks.command.Arguments;
import io.trident.benchmarks.command.Progress;
import io.trident.benchmarks.command.Records;
import io.trident.benchmarks.node.BenchmarkNode;
import io.trident.benchmarks.node.BuiltIndex;
import io.trident.benchmarks.node.BulkLoader;
import io.trident.cluster.Api;
import io.trident.cluster.Installation;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Indexes collections through an {@code encode} pipeline on a real node, asks all questions of each
 * {@link RetrievalSystem}, and prints the metrics with significance against a baseline. Beside the
 * table it writes a run file a system for trec_eval, the metrics of every query, and JSON lines. A
 * collection that is indexed already is not indexed again.
 */
public final class RelevanceEvaluation {

  private static final Map<String, String> OPTIONS = new TreeMap<>();

  static {
    OPTIONS.put("collections", ""); // folders, with commas between
    OPTIONS.put("queries", "queries");
    OPTIONS.put("systems", ""); // a file; those of systems.json when empty
    OPTIONS.put("only", ""); // names of systems, with commas between; all when empty
    OPTIONS.put("baseline", "bm25");
    OPTIONS.put("fit", ""); // a folder to whose judgements a system more is fitted
    OPTIONS.put("encoder", "trident-small"); // gives sparse, dense and token vectors
    OPTIONS.put("out", "relevance");
    OPTIONS.put("files", "");
    OPTIONS.put("home", Installation.defaultFolder("relevance").toString());
    OPTIONS.put("port", "9217");
    OPTIONS.put("heap", "2g");
    OPTIONS.put("start", "true"); // false: a node listens on the port already
    OPTIONS.put("depth", "1000");
  }

  private static final String PIPELINE =
      """
      {"processors": [{"encode": {"fields": ["title", "text"],
        "sparse": "sparse", "dense": "dense", "tokens": "tokens"}}]}
      """;
  private static final String INDEX =
      """
      {"settings": {"index.codec": "trident", "number_of_shards": 1, "number_of_replicas": 0,
                    "refresh_interval": "-1", "default_pipeline": "encode"},
       "mappings": {"_source": {"excludes": ["sparse", "dense", "tokens"]}, "properties": {
         "title": {"type": "text", "copy_to": "all"},
         "text": {"type": "text", "copy_to": "all"},
         "all": {"type": "text", "analyzer": "english"},
         "sparse": {"type": "impact_vector"},
         "dense": {"type": "dense_vector", "dimension": %d},
         "tokens": {"type": "token_vectors", "dimension": %d}}}}
      """;

  private final PrintStream out;
  private final Arguments arguments;
  private final Api api;

  private RelevanceEvaluation(PrintStream out, Arguments arguments, Api api) {
    this.out = out;
    this.arguments = arguments;
    this.api = api;
  }

  /** Runs the evaluation. */
  public static void main(String[] line) throws IOException {
    Arguments arguments = Arguments.parse(line, OPTIONS);
    PrintStream out = System.out;
    if (arguments.text("start").equals("false")) {
      new RelevanceEvaluation(out, arguments, new Api(arguments.number("port"))).run();
      return;
    }
    try (BenchmarkNode node = BenchmarkNode.start(out, arguments)) {
      new RelevanceEvaluation(out, arguments, node.api()).run();
    }
  }

  private List<RetrievalSystem> systems() throws IOException {
    List<RetrievalSystem> all =
        arguments.text("systems").isEmpty()
            ? RetrievalSystem.defaults()
            : RetrievalSystem.read(arguments.path("systems"));
    List<String> only = arguments.list("only");
    return all.stream().filter(system -> only.isEmpty() || only.contains(system.name())).toList();
  }

  private void run() throws IOException {
    ObjectNode settings = Api.JSON.createObjectNode();
    settings.putObject("persistent").put("trident.default_encoder", arguments.text("encoder"));
    api.call("PUT", "/_cluster/settings", settings.toString()).ok();
    List<RetrievalSystem> systems = new ArrayList<>(systems());
    if (arguments.text("fit").isEmpty() == false) {
      TextCollection training = new TextCollection(arguments.path("fit"));
      index(training);
      systems.add(
          new FittedSystem(api, out, arguments.number("depth")).fit(indexName(training), training));
    }
    for (String folder : arguments.list("collections")) {
      TextCollection collection = new TextCollection(Path.of(folder));
      index(collection);
      evaluate(collection, systems);
    }
  }

  /** The index of a collection; every encoder has its own. */
  private String indexName(TextCollection collection) {
    String name = collection.name() + " " + arguments.text("encoder");
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
  }

  /** The definition of an index for the encoder's vectors. */
  private String definition() {
    String path = "/_plugins/_trident/models/" + arguments.text("encoder") + "/_encode";
    JsonNode vectors = api.call("POST", path, "{\"texts\": [\"text\"]}").ok().at("/encodings/0");
    return String.format(
        Locale.ROOT, INDEX, vectors.path("dense").size(), vectors.at("/tokens/0/vector").size());
  }

  private void index(TextCollection collection) throws IOException {
    BuiltIndex index = new BuiltIndex(api, indexName(collection));
    if (index.built() != null) {
      return;
    }
    api.call("PUT", "/_ingest/pipeline/encode", PIPELINE).ok();
    index.build(
        out,
        definition(),
        0,
        loader -> collection.passages(Long.MAX_VALUE, passage -> add(loader, passage)));
  }

  private static void add(BulkLoader loader, Passage passage) throws IOException {
    ObjectNode source = Api.JSON.createObjectNode();
    source.put("title", passage.title()).put("text", passage.text());
    loader.add(passage.id(), source.toString());
  }

  private void evaluate(TextCollection collection, List<RetrievalSystem> systems)
      throws IOException {
    Map<String, Map<String, Integer>> judgements = collection.judgements();
    List<Question> questions =
        collection.questions(arguments.text("queries")).stream()
            .filter(
                question -> Metric.relevant(judgements.getOrDefault(question.id(), Map.of())) > 0)
            .toList();
    Path folder = Files.createDirectories(arguments.path("out").resolve(collection.name()));
    List<String> queries = questions.stream().map(Question::id).toList();
    Map<RetrievalSystem, Evaluation> evaluations = new LinkedHashMap<>();
    for (RetrievalSystem system : systems) {
      Run run = ask(system, indexName(collection), questions);
      run.write(folder.resolve(system.name() + ".trec"));
      evaluations.put(system, new Evaluation(run, queries, judgements));
    }
    Report report = new Report(evaluations, arguments.text("baseline"));
    out.println();
    out.println(collection.name() + ", " + queries.size() + " queries");
    report.print(out);
    report.write(folder.resolve("queries.tsv"), queries);
    report.record(new Records(arguments.path("out").resolve("results.jsonl")), collection.name());
  }

  private Run ask(RetrievalSystem system, String index, List<Question> questions)
      throws IOException {
    Run run = new Run(system.name());
    Progress progress = new Progress(out, system.name() + " on " + index, questions.size());
    for (Question question : questions) {
      ObjectNode body = (ObjectNode) Api.JSON.readTree(system.request(question.text()));
      body.put("size", arguments.number("depth")).put("_source", false);
      body.put("track_total_hits", false);
      JsonNode found = api.call("POST", "/" + index + "/_search", body.toString()).ok();
      List<Run.Hit> hits = new ArrayList<>();
      for (JsonNode hit : found.path("hits").path("hits")) {
        float score = hit.path("_score").isNumber() ? hit.get("_score").floatValue() : Float.NaN;
        hits.add(new Run.Hit(hit.get("_id").textValue(), score));
      }
      run.put(question.id(), hits);
      progress.add(1);
    }
    progress.end();
    return run;
  }
}
