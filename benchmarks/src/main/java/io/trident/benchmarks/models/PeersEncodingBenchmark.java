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
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/**
 * Documents per second of this plugin and of ml-commons with neural-search: the same graph,
 * tokenizer, texts, clients and node, in turn, each into a new index. One representation is the
 * dense vector; three are the sparse, the dense and the token vectors in one run, beside three runs
 * for three dense vectors, for neural-search gives one vector per run and has no token vectors.
 */
public final class PeersEncodingBenchmark {

  private static final Map<String, String> DEFAULTS =
      Map.of(
          "files", "benchmarks/target/3.6.0/programs/files",
          "home", "/var/tmp/trident-encoding-peers",
          "heap", "2g",
          "port", "19261",
          "lengths", "16,64,128,250",
          "seconds", "15",
          "clients", "6",
          "bulk", "32",
          "rounds", "2",
          "model", "trident-small");

  /** By how much numbers of the two versions of ONNX Runtime may differ. */
  private static final double TOLERANCE = 1e-3;

  private static final Duration WARM_UP = Duration.ofSeconds(5);

  /** What ingests. */
  private enum Subject {
    TRIDENT_ONE,
    PEER_ONE,
    TRIDENT_THREE,
    PEER_THREE
  }

  private final PrintStream out;
  private final Arguments arguments;
  private final Api api;
  private final MlCommonsModel model;
  private final Texts texts;
  private final AtomicLong numbers = new AtomicLong();

  private PeersEncodingBenchmark(PrintStream out, Arguments arguments, Api api) throws IOException {
    this.out = out;
    this.arguments = arguments;
    this.api = api;
    this.model = new MlCommonsModel(api, arguments.text("model"), arguments.path("home"));
    this.texts = new Texts(arguments.text("model"));
  }

  /** Runs the benchmark; the options are those of the defaults above. */
  public static void main(String[] line) throws IOException, InterruptedException {
    Arguments arguments = Arguments.parse(line, DEFAULTS);
    try (BenchmarkNode node = BenchmarkNode.start(System.out, arguments)) {
      PeersEncodingBenchmark benchmark =
          new PeersEncodingBenchmark(System.out, arguments, node.api());
      benchmark.prepare(benchmark.model.deploy());
      benchmark.requireEqualVectors();
      for (String length : arguments.list("lengths")) {
        benchmark.compare(Integer.parseInt(length));
      }
    }
  }

  /** Makes the pipelines. */
  private void prepare(String peerModel) {
    pipeline(Subject.TRIDENT_ONE, encode("'dense': 'dense'"));
    pipeline(
        Subject.TRIDENT_THREE, encode("'dense': 'dense', 'sparse': 'sparse', 'tokens': 'tokens'"));
    pipeline(Subject.PEER_ONE, embed(peerModel, 0));
    pipeline(
        Subject.PEER_THREE,
        IntStream.range(0, 3).mapToObj(i -> embed(peerModel, i)).collect(Collectors.joining(", ")));
  }

  private void pipeline(Subject subject, String processors) {
    api.call("PUT", "/_ingest/pipeline/" + name(subject), json("{'processors': [%s]}", processors))
        .ok();
  }

  private String encode(String targets) {
    return json(
        "{'encode': {'model': '%s', 'field': 'body', %s}}", arguments.text("model"), targets);
  }

  private String embed(String model, int field) {
    return json(
        "{'text_embedding': {'model_id': '%s', 'field_map': {'body': 'dense%d'}, 'batch_size': %d}}",
        model, field, arguments.number("bulk"));
  }

  private static String name(Subject subject) {
    return "encoding_" + subject.name().toLowerCase(Locale.ROOT);
  }

  private static String json(String format, Object... values) {
    return String.format(Locale.ROOT, format, values).replace('\'', '"');
  }

  /** Both shall do the same work: they give a text a vector of the same direction. */
  private void requireEqualVectors() {
    double[] ours = vector(Subject.TRIDENT_ONE, "dense");
    double[] theirs = vector(Subject.PEER_ONE, "dense0");
    for (int i = 0; i < Math.max(ours.length, theirs.length); i++) {
      if (Math.abs(ours[i] - theirs[i]) > TOLERANCE) {
        throw new IllegalStateException(
            "ml-commons gives another vector: "
                + Arrays.toString(theirs)
                + " for "
                + Arrays.toString(ours));
      }
    }
  }

  private double[] vector(Subject subject, String field) {
    createIndex(subject);
    String document = json("{'body': '%s'}", texts.text(-1, 64));
    api.call("PUT", "/" + name(subject) + "/_doc/1", document).ok();
    JsonNode vector =
        api.call("GET", "/" + name(subject) + "/_doc/1", null).ok().at("/_source/" + field);
    double[] numbers =
        StreamSupport.stream(vector.spliterator(), false).mapToDouble(JsonNode::asDouble).toArray();
    double length = Math.sqrt(Arrays.stream(numbers).map(x -> x * x).sum());
    return Arrays.stream(numbers).map(x -> x / length).toArray();
  }

  private void compare(int tokens) throws InterruptedException {
    Map<Subject, Double> documents = new EnumMap<>(Subject.class);
    for (int round = 0; round < arguments.number("rounds"); round++) {
      for (Subject subject : Subject.values()) {
        documents.merge(subject, rate(subject, tokens) / arguments.number("rounds"), Double::sum);
      }
    }
    out.println(
        String.format(
            Locale.ROOT,
            "%d tokens, documents per second: one representation %.1f, of ml-commons %.1f, %.2f"
                + " times; three %.1f and %.1f, %.2f times",
            tokens,
            documents.get(Subject.TRIDENT_ONE),
            documents.get(Subject.PEER_ONE),
            documents.get(Subject.TRIDENT_ONE) / documents.get(Subject.PEER_ONE),
            documents.get(Subject.TRIDENT_THREE),
            documents.get(Subject.PEER_THREE),
            documents.get(Subject.TRIDENT_THREE) / documents.get(Subject.PEER_THREE)));
  }

  private double rate(Subject subject, int tokens) throws InterruptedException {
    createIndex(subject);
    load(subject, tokens).saturate(arguments.number("clients"), WARM_UP);
    IngestLoad.Outcome outcome =
        load(subject, tokens)
            .saturate(arguments.number("clients"), Duration.ofSeconds(arguments.number("seconds")));
    api.call("DELETE", "/" + name(subject), null).ok();
    if (outcome.rejected() + outcome.failed() > 0) {
      throw new IllegalStateException(name(subject) + " did not take all documents: " + outcome);
    }
    return outcome.rate();
  }

  private IngestLoad load(Subject subject, int tokens) {
    return new IngestLoad(api, name(subject), texts, tokens, arguments.number("bulk"), numbers);
  }

  private void createIndex(Subject subject) {
    boolean ours = List.of(Subject.TRIDENT_ONE, Subject.TRIDENT_THREE).contains(subject);
    String fields =
        switch (subject) {
          case TRIDENT_ONE -> denseVector();
          case TRIDENT_THREE ->
              denseVector()
                  + ", 'sparse': {'type': 'impact_vector'},"
                  + " 'tokens': {'type': 'token_vectors', 'dimension': 128}";
          case PEER_ONE -> knnVector(0);
          case PEER_THREE -> knnVector(0) + ", " + knnVector(1) + ", " + knnVector(2);
        };
    api.call("DELETE", "/" + name(subject), null);
    api.call(
            "PUT",
            "/" + name(subject),
            json(
                "{'settings': {%s, 'default_pipeline': '%s', 'number_of_replicas': 0},"
                    + " 'mappings': {'properties': {'body': {'type': 'text'}, %s}}}",
                ours ? "'index.codec': 'trident'" : "'index.knn': true", name(subject), fields))
        .ok();
  }

  private String denseVector() {
    return json("'dense': {'type': 'dense_vector', 'dimension': %d}", model.dimension());
  }

  private String knnVector(int number) {
    return json(
        "'dense%d': {'type': 'knn_vector', 'dimension': %d, 'space_type': 'cosinesimil',"
            + " 'method': {'name': 'hnsw', 'engine': 'lucene'}}",
        number, model.dimension());
  }
}
