/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.runtime;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import io.trident.models.api.ModelStats;
import java.util.Arrays;
import org.junit.Test;

/** Percentiles are at most an eighth too high, and never too low. */
public class LatencyHistogramTests extends RandomizedTest {

  @Test
  public void testPercentilesAreNearThoseOfSortedValues() {
    LatencyHistogram histogram = new LatencyHistogram();
    long[] micros = new long[randomIntBetween(1, 2_000)];
    for (int i = 0; i < micros.length; i++) {
      micros[i] = randomLong() >>> randomIntBetween(22, 63);
      histogram.record(micros[i] * 1_000);
    }
    Arrays.sort(micros);
    ModelStats.Latency latency = histogram.latency();
    assertNear(micros, 0.5, latency.p50());
    assertNear(micros, 0.9, latency.p90());
    assertNear(micros, 0.99, latency.p99());
    assertEquals(micros[micros.length - 1], latency.max());
  }

  private static void assertNear(long[] sorted, double share, long found) {
    long exact = sorted[(int) Math.ceil(share * sorted.length) - 1];
    String message = "exact " + exact + ", found " + found;
    assertTrue(message, found >= exact);
    assertTrue(message, found <= exact + exact / 8.0);
  }

  @Test
  public void testNothingRecordedIsZero() {
    assertEquals(new ModelStats.Latency(0, 0, 0, 0), new LatencyHistogram().latency());
  }
}
