/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.relevance;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.Test;

/** Run files as trec_eval reads them: by score, not by rank. */
public class RunTests extends RandomizedTest {

  @Test
  public void testScoresFallAlsoWhereTheyAreEqualOrMissing() throws IOException {
    Run run = new Run("system");
    run.put(
        "q",
        List.of(
            new Run.Hit("b", 2),
            new Run.Hit("a", 2),
            new Run.Hit("c", Float.NaN),
            new Run.Hit("d", 5)));
    Path file = newTempFile();
    run.write(file);
    List<String> lines = Files.readAllLines(file);
    assertEquals("q Q0 b 1 2.0 system", lines.get(0));
    float last = Float.POSITIVE_INFINITY;
    for (String line : lines) {
      float score = Float.parseFloat(line.split(" ", -1)[4]);
      assertTrue(line, score < last);
      last = score;
    }
    assertEquals(List.of("b", "a", "c", "d"), run.ranking("q"));
    assertEquals(List.of(), run.ranking("other"));
  }
}
