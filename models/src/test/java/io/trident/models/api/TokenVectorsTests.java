/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import java.util.Arrays;
import org.junit.Before;
import org.junit.Test;

/** Token vectors with one slip anywhere are refused, and without are not. */
public class TokenVectorsTests extends RandomizedTest {

  private int dimension;
  private float[] values;
  private int[] ids;
  private int[] starts;
  private int[] ends;

  /** A token whose numbers are made wrong. */
  private int token;

  @Before
  public void makeValidVectors() {
    int count = randomIntBetween(1, 50);
    dimension = randomIntBetween(1, 20);
    values = new float[count * dimension];
    for (int i = 0; i < values.length; i++) {
      values[i] = randomBoolean() ? (float) randomGaussian() : Float.MAX_VALUE;
    }
    ids = randomNumbers(count);
    starts = randomNumbers(count);
    ends = randomNumbers(count);
    for (int i = 0; i < count; i++) {
      ends[i] += starts[i];
    }
    token = randomIntBetween(0, count - 1);
  }

  private static int[] randomNumbers(int count) {
    int[] numbers = new int[count];
    Arrays.setAll(numbers, i -> rarely() ? 0 : randomIntBetween(0, 1 << 24));
    return numbers;
  }

  private TokenVectors make() {
    return new TokenVectors(dimension, values, ids, starts, ends);
  }

  private void assertRefused(String message) {
    IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, this::make);
    assertTrue(refused.getMessage(), refused.getMessage().contains(message));
  }

  @Test
  public void testValidVectorsAreTaken() {
    assertEquals(ids.length, make().count());
    int[] none = {};
    assertEquals(0, new TokenVectors(dimension, new float[0], none, none, none).count());
  }

  @Test
  public void testNumbersThatAreNotFiniteAreRefused() {
    float value =
        randomFrom(new Float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY});
    values[randomIntBetween(0, values.length - 1)] = value;
    assertRefused("finite, got [" + value + "]");
  }

  @Test
  public void testNegativeIdsAndStartsAreRefused() {
    int[] wrong = randomBoolean() ? ids : starts;
    wrong[token] = -randomIntBetween(1, 1 << 24);
    assertRefused("got [" + ids[token] + "], [" + starts[token] + "] and [" + ends[token] + "]");
  }

  @Test
  public void testAnEndBeforeItsStartIsRefused() {
    ends[token] = starts[token] - randomIntBetween(1, 1 << 24);
    assertRefused("got [" + ids[token] + "], [" + starts[token] + "] and [" + ends[token] + "]");
  }

  @Test
  public void testArraysOfDifferentLengthsAreRefused() {
    int longer = ids.length + 1;
    switch (randomIntBetween(0, 3)) {
      case 0 -> values = Arrays.copyOf(values, values.length + 1);
      case 1 -> ids = Arrays.copyOf(ids, longer);
      case 2 -> starts = Arrays.copyOf(starts, longer);
      default -> ends = Arrays.copyOf(ends, longer);
    }
    assertRefused("must be parallel, got [" + values.length + "] values");
  }

  @Test
  public void testADimensionBelowOneIsRefused() {
    dimension = -randomIntBetween(0, 9);
    assertRefused("dimension must be at least 1, got " + dimension);
  }
}
