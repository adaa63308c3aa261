/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.node;

import io.trident.benchmarks.command.Arguments;
import io.trident.cluster.Api;
import io.trident.cluster.Distribution;
import io.trident.cluster.Installation;
import io.trident.cluster.Node;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The node of a benchmark: the distribution, Trident and, where the build has fetched them, the
 * peers. Its indices stay between runs. It stops with the program.
 */
public final class BenchmarkNode implements AutoCloseable {

  /** Begins of the names of the peers' ZIPs, each after those that it needs. */
  private static final List<String> PEERS =
      List.of(
          "opensearch-job-scheduler", "opensearch-knn", "opensearch-ml-plugin", "neural-search");

  private static final int SEARCH_CLAUSES = 65_536;

  private final Node node;
  private final Installation installation;

  private BenchmarkNode(Node node, Installation installation) {
    this.node = node;
    this.installation = installation;
  }

  /**
   * Installs, where that is not done, and starts the node.
   *
   * @param arguments {@code files}, the folder of the ZIPs: {@code opensearch-….zip}, {@code
   *     trident.zip} and those of the peers; {@code home}, where it is installed; {@code heap}, its
   *     size, as {@code 2g}; and {@code port}
   */
  public static BenchmarkNode start(PrintStream out, Arguments arguments) throws IOException {
    Path files = arguments.path("files");
    Path home = arguments.path("home");
    int port = arguments.number("port");
    Path javaHome = Path.of(System.getProperty("java.home"));
    List<Path> plugins = new ArrayList<>();
    for (String peer : PEERS) {
      zips(files, peer).forEach(plugins::add);
    }
    plugins.add(files.resolve("trident.zip"));
    Path server =
        zips(files, "opensearch-").stream()
            .filter(zip -> zip.getFileName().toString().matches("opensearch-[0-9.]+\\.zip"))
            .findFirst()
            .orElseThrow(() -> new IOException("no opensearch-….zip in [" + files + "]"));
    Installation installation =
        new Installation(home, new Distribution(server, List.copyOf(plugins), javaHome));
    if (installation.isCurrent() == false) {
      out.println("Installing " + server.getFileName() + " with " + names(plugins) + " in " + home);
      installation.install();
    }
    Map<String, String> settings =
        Map.of("indices.query.bool.max_clause_count", Integer.toString(SEARCH_CLAUSES));
    Node node = installation.node(arguments.text("heap"), port, settings);
    BenchmarkNode started = new BenchmarkNode(node, installation);
    Runtime.getRuntime().addShutdownHook(new Thread(started::stopQuietly, "stop"));
    out.println("Starting OpenSearch on http://127.0.0.1:" + port);
    node.start();
    return started;
  }

  private static List<Path> zips(Path files, String begin) throws IOException {
    try (Stream<Path> all = Files.list(files)) {
      return all.filter(file -> file.getFileName().toString().startsWith(begin)).sorted().toList();
    }
  }

  private static List<Path> names(List<Path> files) {
    return files.stream().map(Path::getFileName).toList();
  }

  private void stopQuietly() {
    try {
      node.stop();
    } catch (IOException e) {
      throw new IllegalStateException("the node did not stop", e);
    }
  }

  /** Speaks to the node. */
  public Api api() {
    return node.api();
  }

  /** What is installed, for the record of a run. */
  public List<String> versions() {
    List<String> versions = new ArrayList<>();
    versions.add(installation.distribution().zip().getFileName().toString());
    names(installation.distribution().plugins()).forEach(name -> versions.add(name.toString()));
    return versions;
  }

  @Override
  public void close() throws IOException {
    node.close();
  }
}
