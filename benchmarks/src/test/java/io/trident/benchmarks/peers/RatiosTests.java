/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.peers;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import com.fasterxml.jackson.databind.JsonNode;
import io.trident.cluster.Api;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.Test;

/** Ratios that are in our favour above 1, and whether repeated ones agree. */
public class RatiosTests extends RandomizedTest {

  private static Measured measured(double millis, int searches) {
    Measured measured = new Measured();
    measured.add(millis, 1);
    measured.addThroughput(searches, 1, searches * millis / 1000);
    return measured;
  }

  private static JsonNode build(int bytes, int seconds) {
    return Api.JSON
        .createObjectNode()
        .put("bytes", bytes)
        .put("index_seconds", seconds)
        .put("merge_seconds", seconds)
        .put("processor_seconds", seconds);
  }

  @Test
  public void testHowManyTimesTheBaselineTakes() {
    Ratios ratios =
        Ratios.of("a : b", measured(8, 100), build(30, 40), measured(2, 300), build(10, 10));
    assertEquals(List.of(4.0, 4.0, 3.0, 4.0, 4.0, 3.0, 4.0, 4.0), ratios.values());
    assertEquals(Ratios.NAMES.size(), ratios.values().size());
  }

  @Test
  public void testWhatIsNotRepeatedNeedNotAgree() {
    Ratios first = new Ratios("", List.of(2.0, 2.0, 2.0, 2.0, 9.0));
    Ratios again = new Ratios("", List.of(2.0, 1.8, 2.1, 2.2, 3.0));
    List<Double> differences = first.differences(again);
    assertEquals(4, differences.size());
    assertEquals(0, differences.get(0), 1e-9);
    assertEquals(0.1, Collections.max(differences), 1e-9);
  }

  @Test
  public void testAgreement() {
    Repetition repetition = new Repetition();
    for (double millis : new double[] {8, 9, 12}) {
      repetition.add(report(millis));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    repetition.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    String printed = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(printed, printed.contains("1 of 1 pairs agree within 15 %"));
    assertTrue(printed, printed.contains("0 of 1 pairs agree within 15 %"));
  }

  private static PeersReport report(double millis) {
    Comparison.SystemSpec theirs =
        new Comparison.SystemSpec("theirs", "one", "", new Template(build(0, 0)), true);
    Comparison.SystemSpec ours =
        new Comparison.SystemSpec("ours", "two", "", new Template(build(0, 0)), false);
    return new PeersReport(
        Map.of(theirs, measured(millis, 100), ours, measured(2, 100)),
        Map.of("one", build(2, 2), "two", build(1, 1)));
  }
}
