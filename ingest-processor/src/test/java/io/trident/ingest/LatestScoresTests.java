/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import org.opensearch.test.OpenSearchTestCase;

/** The share of texts that is kept. */
public class LatestScoresTests extends OpenSearchTestCase {

  public void testAboutTheShareIsKept() {
    double share = randomDoubleBetween(0.05, 0.95, true);
    LatestScores latest = new LatestScores();
    int kept = 0;
    int texts = 10_000;
    for (int i = 0; i < texts; i++) {
      kept += latest.isAmong((float) random().nextGaussian(), share) ? 1 : 0;
    }
    assertEquals(share, (double) kept / texts, 0.03);
  }

  public void testScoresThatHaveChangedAreForgotten() {
    LatestScores latest = new LatestScores();
    for (int i = 0; i < 2 * LatestScores.WINDOW; i++) {
      latest.isAmong(100 + i, 0.5);
    }
    assertFalse(latest.isAmong(1, 0.5));
    for (int i = 0; i < LatestScores.WINDOW; i++) {
      latest.isAmong(-i, 0.5);
    }
    assertTrue(latest.isAmong(1, 0.5));
  }

  public void testNoTextIsWorseThanItsEquals() {
    LatestScores latest = new LatestScores();
    for (int i = 0; i < 100; i++) {
      assertTrue(latest.isAmong(7, 0.25));
    }
    assertTrue(new LatestScores().isAmong(-1, 0.01));
  }

  public void testAllAreKept() {
    LatestScores latest = new LatestScores();
    for (int i = 0; i < 100; i++) {
      assertTrue(latest.isAmong(-i, 1));
    }
  }
}
