/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.trident.cluster.Api;
import io.trident.cluster.Distribution;
import io.trident.cluster.Installation;
import io.trident.cluster.Node;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Starts OpenSearch with the plugin, ingests a corpus through an {@code encode} pipeline once, and
 * answers questions with one hybrid, reranked query each, beside BM25's answer.
 */
public final class Demo {

  private static final String USAGE =
      """
      usage: ./trident demo [options] [question …]
        --corpus FILE   documents of your own: JSON lines with "_id", "title" and "text"
        --models SIZE   the embedded models that encode and rerank: small, unless given, or mini
        --port PORT     the port on loopback, 9207 unless given
        --home FOLDER   where the server and its index live between runs
        --curl          print every request as a curl command
      Without a question a few examples are answered; on a terminal it then asks for yours.
      """;
  private static final String[] EXAMPLES = {
    "how are small segments combined into larger ones",
    "limit how many requests may wait in a queue",
    "find the nearest neighbours of a vector in a graph",
    "remove words that are too common to be useful",
    "what decides which shard a document goes to",
    "stop a request that takes too long",
    "save memory by keeping numbers in fewer bits",
    "undo a change when a node crashed before it was written",
    "suggest words while somebody types",
    "protect a node from running out of heap"
  };
  private static final int BULK = 200;
  private static final int SHOWN = 5;

  private final PrintStream out;
  private final Options options;
  private Api api;

  private Demo(PrintStream out, Options options) {
    this.out = out;
    this.options = options;
  }

  /** What the command line says. */
  private record Options(
      Path corpus, String models, int port, Path home, boolean curl, List<String> questions) {

    private static Options parse(String[] arguments) {
      Path corpus = null;
      String models = "small";
      int port = 9207;
      Path home = null;
      boolean curl = false;
      List<String> questions = new ArrayList<>();
      for (int i = 0; i < arguments.length; i++) {
        switch (arguments[i]) {
          case "--corpus" -> corpus = Path.of(arguments[++i]);
          case "--models" -> models = arguments[++i];
          case "--port" -> port = Integer.parseInt(arguments[++i]);
          case "--home" -> home = Path.of(arguments[++i]);
          case "--curl" -> curl = true;
          default -> {
            if (arguments[i].startsWith("--")) {
              throw new IllegalArgumentException("unknown option " + arguments[i]);
            }
            questions.add(arguments[i]);
          }
        }
      }
      if (questions.size() > 1) {
        questions = List.of(String.join(" ", questions)); // one question without quotes
      }
      return new Options(
          corpus,
          models,
          port,
          home == null ? Installation.defaultFolder("demo") : home,
          curl,
          questions);
    }

    /** The encoder; its cross-encoder is named after it. */
    private String encoder() {
      return "trident-" + models;
    }

    /** One index for each corpus and encoder. */
    private String index() {
      String name = (corpus == null ? "javadoc" : corpus.getFileName()) + " " + models;
      return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    }
  }

  /** Runs the demo. */
  public static void main(String[] arguments) throws IOException {
    PrintStream out = System.out;
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      out.print(USAGE);
      System.exit(List.of(arguments).contains("--help") ? 0 : 2);
      return;
    }
    new Demo(out, options).run();
  }

  private void run() throws IOException {
    long start = System.nanoTime();
    try (Node node = node()) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stopQuietly(node), "stop"));
      out.println("Starting OpenSearch on http://127.0.0.1:" + options.port);
      node.start();
      api = node.api();
      setUp();
      ingest();
      out.printf(
          Locale.ROOT,
          "Ready after %d s. See why a hit is there: http://127.0.0.1:%d/_plugins/_trident/#index=%s%n",
          (System.nanoTime() - start) / 1_000_000_000,
          options.port,
          options.index());
      List<String> questions = options.questions;
      for (String question : questions.isEmpty() ? List.of(EXAMPLES) : questions) {
        answer(question);
      }
      if (questions.isEmpty() && System.console() != null) {
        askForQuestions();
      }
    }
  }

  private static void stopQuietly(Node node) {
    try {
      node.stop();
    } catch (IOException e) {
      throw new IllegalStateException("the node did not stop", e);
    }
  }

  private Node node() throws IOException {
    Path files = Path.of("demo/target/programs/files").toAbsolutePath();
    Path javaHome = Path.of(System.getProperty("java.home"));
    Installation installation =
        new Installation(
            options.home,
            new Distribution(distribution(files), List.of(files.resolve("trident.zip")), javaHome));
    if (installation.isCurrent() == false) {
      out.println("Installing OpenSearch with the plugin in " + options.home);
      installation.install();
    }
    return installation.node("1g", options.port, Map.of());
  }

  private static Path distribution(Path files) throws IOException {
    try (Stream<Path> all = Files.list(files)) {
      return all.filter(file -> file.getFileName().toString().matches("opensearch-[0-9.]+\\.zip"))
          .findFirst()
          .orElseThrow();
    }
  }

  private JsonNode request(String method, String path, String body) {
    if (options.curl) {
      out.printf(
          Locale.ROOT,
          "curl -X%s 'http://127.0.0.1:%d%s' -H 'Content-Type: application/json'%s%n",
          method,
          options.port,
          path,
          body == null ? "" : " -d '" + body.strip() + "'");
    }
    return api.call(method, path, body).ok();
  }

  private void setUp() {
    request("GET", "/_cluster/health?wait_for_status=yellow&timeout=60s", null);
    String encoder = options.encoder();
    request("PUT", "/_ingest/pipeline/" + encoder, DemoIndex.pipeline(encoder));
    if (api.call("HEAD", "/" + options.index(), null).status() == 404) {
      JsonNode model = request("GET", "/_plugins/_trident/models/" + encoder, null);
      request("PUT", "/" + options.index(), DemoIndex.index(encoder, model));
    }
  }

  private void ingest() throws IOException {
    List<JavadocCorpus.Document> documents =
        options.corpus == null
            ? JavadocCorpus.read(Path.of("demo/target/programs/files"))
            : ownCorpus();
    long present = request("GET", "/" + options.index() + "/_count", null).get("count").asLong();
    if (present >= documents.size()) {
      out.println(present + " documents are indexed already");
      return;
    }
    long start = System.nanoTime();
    for (int from = 0; from < documents.size(); from += BULK) {
      int to = Math.min(documents.size(), from + BULK);
      bulk(documents.subList(from, to));
      double seconds = (System.nanoTime() - start) / 1e9;
      out.printf(
          Locale.ROOT,
          "\r%d of %d documents encoded and indexed, %.0f per second",
          to,
          documents.size(),
          to / seconds);
      out.flush();
    }
    out.println();
    api.call("POST", "/" + options.index() + "/_refresh", null).ok();
  }

  private void bulk(List<JavadocCorpus.Document> documents) {
    JsonNode answer =
        api.call("POST", "/" + options.index() + "/_bulk", DemoIndex.bulk(documents)).ok();
    for (JsonNode item : answer.path("items")) {
      if (item.path("index").path("status").asInt() >= 300) {
        out.println();
        out.println("not indexed: " + item);
      }
    }
  }

  private List<JavadocCorpus.Document> ownCorpus() throws IOException {
    List<JavadocCorpus.Document> documents = new ArrayList<>();
    for (String line : Files.readAllLines(options.corpus)) {
      if (line.isBlank() == false) {
        JsonNode node = Api.JSON.readTree(line);
        documents.add(
            new JavadocCorpus.Document(
                node.path("_id").asText(Integer.toString(documents.size())),
                node.path("title").asText(""),
                node.path("text").asText("")));
      }
    }
    return documents;
  }

  private void askForQuestions() throws IOException {
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    out.println("Ask a question; an empty line ends.");
    for (String line = reader.readLine();
        line != null && line.isBlank() == false;
        line = reader.readLine()) {
      answer(line);
    }
  }

  private void answer(String question) {
    String text = Api.JSON.valueToTree(question).toString();
    String bm25 = "{\"multi_match\": {\"query\": " + text + ", \"fields\": [\"title\", \"text\"]}}";
    String body =
        """
        {"size": %d, "explain": true, "_source": ["title", "text"],
         "query": {"fusion": {"legs": [
           {"name": "bm25", "query": %s},
           {"name": "dense", "query": {"dense": {"dense": {"text": %s, "model": "%s"}}}},
           {"name": "tokens", "query": {"max_sim": {"tokens": {"text": %s, "model": "%s",
             "candidates": 1000}}}}]}},
         "ext": {"cross_encoder": {"query": %s, "model": "%s-reranker", "field": ["title", "text"], "window": 20}}}
        """;
    JsonNode hybrid =
        request(
            "POST",
            "/" + options.index() + "/_search",
            String.format(
                Locale.ROOT,
                body,
                SHOWN,
                bm25,
                text,
                options.encoder(),
                text,
                options.encoder(),
                text,
                options.encoder()));
    JsonNode plain =
        api.call(
                "POST",
                "/" + options.index() + "/_search",
                "{\"size\": " + SHOWN + ", \"_source\": [\"title\"], \"query\": " + bm25 + "}")
            .ok();
    out.println();
    out.println("? " + question);
    out.printf(
        Locale.ROOT,
        "  %d ms in all, %d ms of it the cross-encoder over %d candidates; BM25 alone %d ms%n",
        hybrid.path("took").asLong(),
        hybrid.path("ext").path("cross_encoder").path("took").asLong(),
        hybrid.path("ext").path("cross_encoder").path("candidates").asLong(),
        plain.path("took").asLong());
    JsonNode plainHits = plain.path("hits").path("hits");
    int rank = 0;
    for (JsonNode hit : hybrid.path("hits").path("hits")) {
      String beside = rank < plainHits.size() ? name(plainHits.get(rank)) : "";
      out.printf(Locale.ROOT, "  %d. %-58s BM25: %s%n", ++rank, name(hit), beside);
      out.printf(
          Locale.ROOT,
          "     cross-encoder %.3f, fused %.4f; %s%n",
          hit.path("fields").path("_cross_encoder_score").path(0).asDouble(),
          hit.path("fields").path("_first_stage_score").path(0).asDouble(),
          legs(hit));
      out.println("     " + start(hit.path("_source").path("text").asText()));
    }
  }

  private static String name(JsonNode hit) {
    String title = hit.path("_source").path("title").asText();
    return title.substring(title.lastIndexOf('.') + 1);
  }

  private static String start(String text) {
    return text.length() <= 130 ? text : text.substring(0, 130) + " …";
  }

  /** Each leg's rank and score, from the explanation. */
  private static String legs(JsonNode hit) {
    List<String> legs = new ArrayList<>();
    for (JsonNode leg : fusion(hit.path("_explanation")).path("details")) {
      String description = leg.path("description").asText();
      int open = description.indexOf('[');
      if (open < 0) {
        continue;
      }
      String name = description.substring(open + 1, description.indexOf(']'));
      legs.add(
          leg.path("details").isEmpty()
              ? name + " –"
              : String.format(
                  Locale.ROOT,
                  "%s #%d %.3f",
                  name,
                  leg.path("details").path(0).path("value").asInt(),
                  leg.path("details").path(1).path("value").asDouble()));
    }
    return String.join(", ", legs);
  }

  /** The part of an explanation that is the fusion's, wherever it stands; missing without one. */
  private static JsonNode fusion(JsonNode explanation) {
    if (explanation.path("description").asText().startsWith("fusion")) {
      return explanation;
    }
    for (JsonNode part : explanation.path("details")) {
      JsonNode found = fusion(part);
      if (found.isMissingNode() == false) {
        return found;
      }
    }
    return MissingNode.getInstance();
  }
}
