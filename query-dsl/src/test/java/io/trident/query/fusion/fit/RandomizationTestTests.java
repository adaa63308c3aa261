/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.fusion.fit;

import org.apache.lucene.tests.util.LuceneTestCase;

/** The significance test against probabilities that can be counted. */
public class RandomizationTestTests extends LuceneTestCase {

  public void testFourEqualDifferences() {
    // Of the 16 exchanges only all and none differ as much.
    double[] one = {0.6, 0.7, 0.8, 0.9};
    double[] other = {0.5, 0.6, 0.7, 0.8};
    assertEquals(2 / 16.0, RandomizationTest.pValue(one, other), 0.01);
  }

  public void testDifferencesOfThreeSizes() {
    // Signed sums of 1, 2 and 4: only those of absolute value at least 5 of ±7, ±5, ±3, ±1.
    double[] one = {1, 0, 4};
    double[] other = {0, -2, 0};
    assertEquals(2 / 8.0, RandomizationTest.pValue(one, other), 0.01);
    assertEquals(4 / 8.0, RandomizationTest.pValue(new double[] {-1, 2, 4}, new double[3]), 0.01);
  }

  public void testEqualSystems() {
    double[] values = {0.1, 0.2, 0.3};
    assertEquals(1, RandomizationTest.pValue(values, values), 0);
  }

  public void testItDoesNotMatterWhichIsWhich() {
    double[] one = new double[1 + random().nextInt(50)];
    double[] other = new double[one.length];
    for (int i = 0; i < one.length; i++) {
      one[i] = random().nextDouble();
      other[i] = random().nextDouble();
    }
    double value = RandomizationTest.pValue(one, other);
    assertEquals(value, RandomizationTest.pValue(other, one), 0);
    assertTrue(value > 0 && value <= 1);
  }

  public void testOtherQueriesAreRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> RandomizationTest.pValue(new double[1], new double[2]));
  }
}
