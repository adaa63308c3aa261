/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.relevance;

import static org.junit.Assert.assertEquals;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.Test;

/** The metrics against values computed by hand, and what must hold of any ranking. */
public class MetricTests extends RandomizedTest {

  private static final List<String> RANKING = List.of("a", "x", "b", "y");
  private static final Map<String, Integer> GRADES =
      Map.of("a", 1, "b", 3, "c", 2, "y", 0, "z", -1);

  @Test
  public void testGain() {
    // found: 1 / log2(2) + 3 / log2(4) = 2.5; ideal: 3 + 2 / log2(3) + 1 / log2(4) = 4.7618595
    assertEquals(2.5 / 4.7618595, Metric.NDCG_10.of(RANKING, GRADES), 1e-7);
  }

  @Test
  public void testReciprocalRank() {
    assertEquals(1, Metric.MRR_10.of(RANKING, GRADES), 0);
    assertEquals(1 / 3.0, Metric.MRR_10.of(List.of("x", "y", "c"), GRADES), 1e-12);
    List<String> late = new ArrayList<>(Collections.nCopies(10, "x"));
    late.add("a");
    assertEquals(0, Metric.MRR_10.of(late, GRADES), 0);
  }

  @Test
  public void testRecall() {
    assertEquals(2 / 3.0, Metric.RECALL_100.of(RANKING, GRADES), 1e-12);
    List<String> late = new ArrayList<>(Collections.nCopies(100, "x"));
    late.add("a");
    assertEquals(0, Metric.RECALL_100.of(late, GRADES), 0);
    assertEquals(1 / 3.0, Metric.RECALL_1000.of(late, GRADES), 1e-12);
  }

  @Test
  public void testAveragePrecision() {
    // 1/1 and 2/3, of three relevant documents
    assertEquals((1 + 2 / 3.0) / 3, Metric.AVERAGE_PRECISION.of(RANKING, GRADES), 1e-12);
  }

  @Test
  public void testNothingFoundAndNothingRelevant() {
    for (Metric metric : Metric.values()) {
      assertEquals(0, metric.of(List.of(), GRADES), 0);
      assertEquals(0, metric.of(RANKING, Map.of("a", 0)), 0);
      assertEquals(0, metric.of(RANKING, Map.of()), 0);
    }
  }

  @Test
  public void testTheIdealRankingHasAllPoints() {
    Map<String, Integer> grades = new HashMap<>();
    int relevant = randomIntBetween(1, 100);
    for (int i = 0; i < relevant; i++) {
      grades.put("d" + i, randomIntBetween(1, 4));
    }
    List<String> ideal = new ArrayList<>(grades.keySet());
    ideal.sort((one, other) -> grades.get(other) - grades.get(one));
    for (Metric metric : Metric.values()) {
      assertEquals(metric.label(), 1, metric.of(ideal, grades), 1e-9);
    }
  }
}
