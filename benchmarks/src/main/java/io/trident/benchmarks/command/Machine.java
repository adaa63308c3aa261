/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.command;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The machine that a benchmark runs on, for the record of its results. */
public final class Machine {

  private Machine() {}

  /** Processor, memory, system, Java, and the load of the last minute in runnable processes. */
  public static String describe() throws IOException {
    return String.format(
        Locale.ROOT,
        "%d x %s, %s of memory, %s %s, Java %s, load %.1f",
        Runtime.getRuntime().availableProcessors(),
        line("/proc/cpuinfo", "model name"),
        line("/proc/meminfo", "MemTotal"),
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        System.getProperty("java.vm.version"),
        load());
  }

  /** The load of the last minute; negative where the system does not say. */
  public static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  /** The value of a line {@code name: value}; "unknown" where there is none. */
  private static String line(String file, String name) throws IOException {
    Path path = Path.of(file);
    List<String> lines = Files.exists(path) ? Files.readAllLines(path) : List.of();
    return lines.stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("unknown");
  }
}
