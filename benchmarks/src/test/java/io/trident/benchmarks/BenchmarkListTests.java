/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.Test;

/** The table from which the launcher runs and lists the benchmarks. */
public class BenchmarkListTests extends RandomizedTest {

  /** Columns: name, version of OpenSearch, program, input, options, description. */
  private static List<String[]> table() throws IOException {
    List<String[]> rows = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("benchmarks.txt"))) {
      if (line.startsWith("#") == false) {
        rows.add(line.trim().split("\\s*\\|\\s*", 6));
      }
    }
    return rows;
  }

  @Test
  public void testEveryProgramIsListedOnce() throws IOException {
    List<String> listed = table().stream().map(row -> "io.trident.benchmarks." + row[2]).toList();
    Set<String> programs = new HashSet<>();
    Path sources = Path.of("src", "main", "java");
    try (Stream<Path> files = Files.walk(sources)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (Files.readString(file).contains("public static void main(")) {
          String name = sources.relativize(file).toString().replace('/', '.');
          programs.add(name.substring(0, name.length() - ".java".length()));
        }
      }
    }
    assertEquals(programs, new HashSet<>(listed));
    assertEquals(programs.size(), listed.size());
  }

  @Test
  public void testEveryBenchmarkIsDocumented() throws IOException {
    String guide = Files.readString(Path.of("..", "docs", "developing.md"));
    for (String[] row : table()) {
      assertTrue(row[0], guide.contains("| `./trident benchmark " + row[0]));
      assertFalse(row[0], row[5].isBlank());
    }
  }
}
