/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import com.carrotsearch.randomizedtesting.annotations.TimeoutSuite;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trident.cluster.Api;
import io.trident.cluster.Distribution;
import io.trident.cluster.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.AfterClass;

/** Starts clusters of the distribution under test and takes them down with the class. */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE) // the HTTP client keeps its threads
@TimeoutSuite(millis = 15 * 60 * 1000)
public abstract class ClusterTestCase extends RandomizedTest {

  /** Defaults of nodes under test: where the model does not matter, the smallest is the fastest. */
  static final Map<String, String> MINI =
      Map.of(
          "trident.default_encoder",
          "trident-mini",
          "trident.default_cross_encoder",
          "trident-mini-reranker");

  /** Settings of a node with the defaults that users get. */
  static final Map<String, String> SMALL =
      Map.of(
          "trident.default_encoder",
          "trident-small",
          "trident.default_cross_encoder",
          "trident-small-reranker");

  static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

  private static final List<Node> NODES = new ArrayList<>();
  private static Path root;

  /** What was installed once; later nodes are copies of it. */
  private static final Map<Distribution, Path> INSTALLED = new HashMap<>();

  /** The node of all classes that need no other, and the folders of all classes. */
  private static Node shared;

  private static Path common;

  /** Where this class keeps its nodes and repositories; open to the server's user. */
  static Path root() throws IOException {
    if (root == null) {
      root = openFolder();
    }
    return root;
  }

  /**
   * Speaks to a node with default settings that other classes use too; empty at first. It has a
   * second encoder, {@code other}, one that gives dense vectors alone, {@code dense-alone}, and the
   * query generator.
   */
  static Api sharedNode() throws IOException {
    if (shared == null) {
      Path home = common().resolve("shared");
      Node node = install(home, List.of(), Node.freePort(), Map.of());
      copyEncoder(home, "other", Set.of());
      copyEncoder(home, "dense-alone", Set.of("sparse", "tokens"));
      copyQueryGenerator(home);
      shared = node.start();
    }
    Api api = shared.api();
    ok(api, "DELETE", "/_data_stream/*", null);
    ok(api, "DELETE", "/*?expand_wildcards=all", null);
    for (String templates : List.of("_index_template", "_component_template", "_template")) {
      ok(api, "DELETE", "/" + templates + "/*", null);
    }
    ok(api, "DELETE", "/_ingest/pipeline/*", null);
    ok(api, "PUT", "/_cluster/settings", "{\"persistent\": {\"*\": null}}");
    return api;
  }

  /** Where nodes live that outlive a class; removed with the last class. */
  private static Path common() throws IOException {
    if (common == null) {
      common = openFolder();
      Runtime.getRuntime().addShutdownHook(new Thread(ClusterTestCase::stopShared));
    }
    return common;
  }

  private static void stopShared() {
    try {
      if (shared != null) {
        shared.close();
      }
      delete(common);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path openFolder() throws IOException {
    Path folder = Files.createTempDirectory("trident-it");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    return folder;
  }

  /** Installs and starts one node. */
  static Node node(List<Path> otherPlugins, Map<String, String> settings) throws IOException {
    Node node = install("node-" + NODES.size(), otherPlugins, Node.freePort(), settings);
    return node.start();
  }

  /** Installs a node without starting it. */
  static Node install(
      String name, List<Path> otherPlugins, int httpPort, Map<String, String> settings)
      throws IOException {
    Node node = install(root().resolve(name), otherPlugins, httpPort, settings);
    NODES.add(node);
    return node;
  }

  private static Node install(
      Path home, List<Path> otherPlugins, int httpPort, Map<String, String> settings)
      throws IOException {
    List<Path> plugins = new ArrayList<>(otherPlugins);
    plugins.add(Path.of(System.getProperty("trident.plugin")));
    unpack(home, distribution(plugins));
    Map<String, String> all = new HashMap<>(MINI);
    all.putAll(settings);
    return of(home, httpPort, all);
  }

  /** A server without the plugin, in the folder of an installed node or in a new one. */
  static Node withoutPlugin(String name, int httpPort, Map<String, String> settings)
      throws IOException {
    Path home = root().resolve(name);
    if (Files.notExists(home)) {
      unpack(home, distribution(List.of()));
    }
    Node node = of(home, httpPort, settings);
    NODES.add(node);
    return node;
  }

  private static Distribution distribution(List<Path> plugins) {
    return new Distribution(
        Path.of(System.getProperty("trident.distribution")), plugins, JAVA_HOME);
  }

  /** Installs and starts the nodes of a cluster: {@code node-0}, {@code node-1} and so on. */
  static List<Node> cluster(int size, List<Path> otherPlugins, Map<String, String> settings)
      throws IOException {
    List<Integer> ports = freePorts(size);
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      Map<String, String> all = new HashMap<>(settings);
      all.putAll(member(i, ports));
      nodes.add(install("cluster-" + i, otherPlugins, Node.freePort(), all));
    }
    launch(nodes);
    return nodes;
  }

  /** Starts nodes that wait for each other. */
  static void launch(List<Node> nodes) throws IOException {
    for (Node node : nodes) {
      node.launch();
    }
    for (Node node : nodes) {
      node.await();
    }
  }

  /** Ports that nothing listens on now. */
  static List<Integer> freePorts(int count) throws IOException {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ports.add(Node.freePort());
    }
    return ports;
  }

  /**
   * The settings by which {@code node-0}, {@code node-1} and so on form a cluster when they start.
   *
   * @param number the node's
   * @param transportPorts those of all nodes
   */
  static Map<String, String> member(int number, List<Integer> transportPorts) {
    List<String> names = new ArrayList<>();
    List<String> hosts = new ArrayList<>();
    for (int port : transportPorts) {
      names.add("node-" + names.size());
      hosts.add("127.0.0.1:" + port);
    }
    return Map.of(
        "discovery.type",
        "",
        "node.name",
        names.get(number),
        "transport.port",
        Integer.toString(transportPorts.get(number)),
        "discovery.seed_hosts",
        String.join(",", hosts),
        "cluster.initial_cluster_manager_nodes",
        String.join(",", names));
  }

  /** Puts a server and its plugins into a new folder. */
  static void unpack(Path home, Distribution distribution) throws IOException {
    if (INSTALLED.containsKey(distribution) == false) {
      Path installed = common().resolve("installed-" + INSTALLED.size());
      distribution.install(installed);
      INSTALLED.put(distribution, installed);
    }
    distribution.copy(INSTALLED.get(distribution), home);
  }

  /** A node of a server in a folder, with what all tests need. */
  static Node of(Path home, int httpPort, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("path.repo", home.getParent().toString());
    all.put("cluster.routing.allocation.disk.threshold_enabled", "false");
    return Node.of(home, JAVA_HOME, "1g", httpPort, all);
  }

  /**
   * Puts the smallest embedded encoder among a node's models again, by another name.
   *
   * @param without the representations that it does not give there
   */
  private static void copyEncoder(Path home, String name, Set<String> without) throws IOException {
    Path from =
        Path.of(System.getProperty("trident.docs"))
            .resolveSibling("models/src/main/resources/io/trident/models/embedded/trident-mini");
    Path to = Files.createDirectories(home.resolve("config/trident/models").resolve(name));
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
    Path description = to.resolve("trident.json");
    ObjectNode json = (ObjectNode) Api.JSON.readTree(Files.readString(description));
    Files.writeString(description, json.remove(without).toString());
  }

  /**
   * Puts the small query generator of the unit tests among a node's models, as {@code
   * my-doc2query}. It predicts words at random.
   */
  static void copyQueryGenerator(Path home) throws IOException {
    Path from =
        Path.of(System.getProperty("trident.docs"))
            .resolveSibling("models/src/test/resources/io/trident/models/encoder/readings");
    Path to = Files.createDirectories(home.resolve("config/trident/models/my-doc2query"));
    for (String file : List.of("encoder_model.onnx", "decoder_model.onnx", "vocab.txt")) {
      Files.copy(from.resolve(file), to.resolve(file));
    }
    Files.writeString(
        to.resolve("trident.json"),
        "{\"kind\": \"query_generator\", \"max_tokens\": 64,"
            + " \"decoder_start\": \"[PAD]\", \"decoder_end\": \"[SEP]\"}");
  }

  /** Stops all nodes, shows what they said when something is left unclear, and removes them. */
  @AfterClass
  public static void stopNodes() throws IOException {
    for (Node node : NODES) {
      node.close();
    }
    NODES.clear();
    if (root != null) {
      delete(root);
      root = null;
    }
  }

  private static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException failure)
              throws IOException {
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** A request that must succeed. */
  static JsonNode ok(Api api, String method, String path, String body) {
    return api.call(method, path, body).ok();
  }

  /** A request that must be refused, with words that the reason holds. */
  static void refused(
      Api api, int status, String method, String path, String body, String... words) {
    Api.Answer answer = api.call(method, path, body);
    String text = String.valueOf(answer.body());
    assertEquals(text, status, answer.status());
    for (String word : words) {
      assertTrue("[" + word + "] must be in " + text, text.contains(word));
    }
  }

  /** Whether the server came with a module: an assembled one lacks what was not published. */
  static boolean hasModule(Api api, String name) {
    return ok(api, "GET", "/_nodes/_local/plugins?filter_path=nodes.*.modules.name", null)
        .findValuesAsText("name")
        .contains(name);
  }

  /** The ids of a search's hits, best first. */
  static List<String> ids(JsonNode response) {
    List<String> ids = new ArrayList<>();
    response.path("hits").path("hits").forEach(hit -> ids.add(hit.get("_id").asText()));
    return ids;
  }

  /** The scores of a search's hits. */
  static List<Float> scores(JsonNode response) {
    List<Float> scores = new ArrayList<>();
    response
        .path("hits")
        .path("hits")
        .forEach(hit -> scores.add((float) hit.get("_score").asDouble()));
    return scores;
  }

  /** Sends a bulk that must index every document. */
  static void bulk(Api api, String index, List<String> lines) {
    JsonNode answer =
        ok(api, "POST", "/" + index + "/_bulk?refresh=true", String.join("\n", lines) + "\n");
    assertFalse(answer.toString(), answer.get("errors").asBoolean());
  }
}
