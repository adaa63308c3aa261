/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** A node of OpenSearch: an installed distribution that can be started, stopped and killed. */
public final class Node implements AutoCloseable {

  /** A busy machine starts a node slowly. */
  private static final Duration START_DEADLINE = Duration.ofMinutes(6);

  private static final Duration STOP_DEADLINE = Duration.ofMinutes(1);
  private static final int TAIL = 6_000;

  private final Path home;
  private final Path javaHome;
  private final String heap;
  private final Map<String, String> settings;
  private final int httpPort;
  private Process process;

  private Node(Path home, Path javaHome, String heap, Map<String, String> settings, int httpPort) {
    this.home = home;
    this.javaHome = javaHome;
    this.heap = heap;
    this.settings = settings;
    this.httpPort = httpPort;
  }

  /**
   * A node in a folder with an installed distribution.
   *
   * @param heap the size of the heap, as {@code 1g}
   * @param settings settings beside loopback and ports
   */
  public static Node of(
      Path home, Path javaHome, String heap, int httpPort, Map<String, String> settings) {
    Map<String, String> all = new TreeMap<>(settings);
    all.put("network.host", "127.0.0.1");
    all.put("http.port", Integer.toString(httpPort));
    all.putIfAbsent("discovery.type", "single-node");
    if (all.get("discovery.type").isEmpty()) {
      all.remove("discovery.type");
    }
    return new Node(home, javaHome, heap, all, httpPort);
  }

  /** A port that nothing listens on now. */
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Speaks to the node. */
  public Api api() {
    return new Api(httpPort);
  }

  /** Starts the process; {@link #await} waits for its answer. */
  public void launch() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/opensearch").toString());
    settings.forEach((key, value) -> command.add("-E" + key + "=" + value));
    ProcessBuilder builder = Server.process(home, javaHome, log(), command);
    builder.environment().put("OPENSEARCH_JAVA_OPTS", "-Xms" + heap + " -Xmx" + heap);
    process = builder.start();
  }

  /** Waits until the node answers that its cluster is formed. */
  public void await() throws IOException {
    long deadline = System.nanoTime() + START_DEADLINE.toNanos();
    while (System.nanoTime() < deadline) {
      try {
        if (api().tryCall("GET", "/_cluster/health", null, Duration.ofSeconds(5)).status() == 200) {
          return;
        }
      } catch (IOException e) {
        // not listening yet
      }
      if (exited(Duration.ofMillis(200))) {
        throw new IOException("the node ended while it started:\n" + logTail());
      }
    }
    throw new IOException("the node did not answer within " + START_DEADLINE + ":\n" + logTail());
  }

  /** Starts the node and waits for it. */
  public Node start() throws IOException {
    launch();
    await();
    return this;
  }

  /** Whether the process lives. */
  public boolean isRunning() {
    return process != null && process.isAlive();
  }

  /** Stops the node as an administrator would. */
  public void stop() throws IOException {
    if (isRunning()) {
      process.destroy();
      if (exited(STOP_DEADLINE) == false) {
        kill();
      }
    }
  }

  /** Ends the process without a warning. */
  public void kill() throws IOException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    if (exited(STOP_DEADLINE) == false) {
      throw new IOException("the node cannot be killed");
    }
  }

  /** Stops the process where it stands: it keeps its connections and answers nothing. */
  public void pause() throws IOException {
    signal("STOP");
  }

  /** Lets a process that was paused go on. */
  public void resume() throws IOException {
    signal("CONT");
  }

  private void signal(String name) throws IOException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    try {
      if (kill.waitFor() != 0) {
        throw new IOException("the node cannot be sent [" + name + "]");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private boolean exited(Duration within) throws IOException {
    try {
      return process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private Path log() {
    return home.resolve("console.log");
  }

  /** The end of what the node wrote to its console. */
  public String logTail() throws IOException {
    String all = Files.readString(log());
    return all.substring(Math.max(0, all.length() - TAIL));
  }

  @Override
  public void close() throws IOException {
    stop();
  }
}
