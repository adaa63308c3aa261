/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.kernels;

import io.trident.benchmarks.command.Arguments;
import io.trident.benchmarks.command.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the JMH benchmarks. A class measures baseline and candidate on the same input and proves
 * before that they give the same.
 */
public final class JmhBenchmarks {

  private static final int WARM_UPS = 2;
  private static final int MEASUREMENTS = 3;

  private JmhBenchmarks() {}

  /** Runs the program. */
  public static void main(String[] line) throws IOException, RunnerException {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("include", ".*"); // a regular expression of class and method
    options.put("seconds", "1"); // of each of the iterations
    options.put("vectors", ""); // a folder of vectors for the search
    options.put("documents", "50000"); // for the search
    options.put("folder", "jmh"); // for results, and for the indices of the search
    options.put("files", "");
    Arguments arguments = Arguments.parse(line, options);
    System.out.println(Machine.describe());
    Path folder = Files.createDirectories(arguments.path("folder")).toAbsolutePath();
    TimeValue time = TimeValue.seconds(arguments.number("seconds"));
    new Runner(
            new OptionsBuilder()
                .include(arguments.text("include"))
                .forks(1)
                .warmupIterations(WARM_UPS)
                .warmupTime(time)
                .measurementIterations(MEASUREMENTS)
                .measurementTime(time)
                .shouldFailOnError(true)
                .jvmArgs(
                    "-Xmx2g",
                    "-Djmh.folder=" + folder,
                    "-Djmh.vectors=" + arguments.text("vectors"),
                    "-Djmh.documents=" + arguments.number("documents"))
                .resultFormat(ResultFormatType.JSON)
                .result(folder.resolve("jmh.json").toString())
                .build())
        .run();
  }
}
