/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.node;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * The process of a node on this machine: its processor time, compiling and memory. Processor time
 * is asked of the operating system, for what the node says of itself is up to a second old.
 */
public final class NodeProcess {

  private static final long STATS_AGE_NANOS = Duration.ofMillis(1_500).toNanos();
  private static final int COLLECTIONS =
      2; // what the first makes reachable for none, the second frees

  private final Api api;
  private final ProcessHandle handle;
  private final Path javaHome;

  /** The process that answers. */
  public NodeProcess(Api api) {
    this.api = api;
    this.handle = ProcessHandle.of(id(api)).orElseThrow();
    this.javaHome = Path.of(System.getProperty("java.home"));
  }

  /**
   * Memory after a full garbage collection, in bytes.
   *
   * @param heap live objects
   * @param anonymous memory of the process that is no file's: the heap, whole, and native memory; 0
   *     where the system does not say
   * @param mapped pages of files that the process has touched and that are in memory; 0 where the
   *     system does not say
   */
  public record Memory(long heap, long anonymous, long mapped) {

    /** What there is more than before. */
    public Memory since(Memory before) {
      return new Memory(heap - before.heap, anonymous - before.anonymous, mapped - before.mapped);
    }
  }

  /** Seconds of processor time so far, on all cores together; in steps of the system's clock. */
  public double processorSeconds() {
    return handle.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
  }

  /** Seconds that the virtual machine's compilers have worked so far, all together. */
  public double compilerSeconds() throws IOException {
    Map<String, String> counters = new HashMap<>();
    for (String line : command("PerfCounter.print").split("\\R", -1)) {
      String[] entry = line.split("=", 2);
      counters.put(entry[0], entry[entry.length - 1]);
    }
    return Double.parseDouble(counters.get("java.ci.totalTime"))
        / Double.parseDouble(counters.get("sun.os.hrt.frequency"));
  }

  /** Collects garbage and says what is left. */
  public Memory memory() throws IOException {
    long id = handle.pid();
    for (int i = 0; i < COLLECTIONS; i++) {
      command("GC.run");
    }
    LockSupport.parkNanos(STATS_AGE_NANOS);
    long heap = local(api, "stats/jvm").at("/jvm/mem/heap_used_in_bytes").asLong();
    return new Memory(heap, resident(id, "RssAnon"), resident(id, "RssFile"));
  }

  private static long id(Api api) {
    return local(api, "process").at("/process/id").asLong();
  }

  private static JsonNode local(Api api, String what) {
    return api.call("GET", "/_nodes/_local/" + what, null).ok().path("nodes").iterator().next();
  }

  /** What the virtual machine answers to a command of {@code jcmd}. */
  private String command(String command) throws IOException {
    Process process =
        new ProcessBuilder(
                javaHome.resolve("bin/jcmd").toString(), Long.toString(handle.pid()), command)
            .redirectErrorStream(true)
            .start();
    String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException("jcmd " + command + " failed: [" + answer + "]");
      }
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static long resident(long id, String kind) {
    Path status = Path.of("/proc", Long.toString(id), "status");
    if (Files.exists(status) == false) {
      return 0;
    }
    try {
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith(kind + ":"))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
