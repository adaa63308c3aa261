/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.Test;

/** Sparse vectors are sorted, immutable and valid, or are not made. */
public class SparseVectorTests extends RandomizedTest {

  private static Map<String, Float> randomWeights() {
    Map<String, Float> weights = new HashMap<>();
    for (int i = randomIntBetween(0, 300); i > 0; i--) {
      weights.put(randomUnicodeOfLengthBetween(1, 6), randomWeight());
    }
    return weights;
  }

  /** Any positive, finite float, subnormal ones included. */
  private static float randomWeight() {
    return Float.intBitsToFloat(randomIntBetween(1, Float.floatToIntBits(Float.MAX_VALUE)));
  }

  @Test
  public void testTokensAscendAndKeepTheirWeights() {
    Map<String, Float> weights = randomWeights();
    SparseVector vector = SparseVector.of(weights);
    assertEquals(weights.size(), vector.size());
    assertEquals(List.copyOf(new TreeSet<>(weights.keySet())), vector.tokens());
    for (int i = 0; i < vector.size(); i++) {
      float expected = weights.get(vector.tokens().get(i));
      assertEquals(expected, vector.weight(i), 0);
      assertEquals(expected, vector.weights()[i], 0);
    }
  }

  @Test
  public void testNobodyChangesAVector() {
    Map<String, Float> weights = randomWeights();
    weights.put("token", 2f);
    SparseVector vector = SparseVector.of(weights);
    int place = vector.tokens().indexOf("token");
    weights.put("token", 3f);
    vector.weights()[place] = 4;
    assertEquals(2, vector.weight(place), 0);
    assertThrows(UnsupportedOperationException.class, () -> vector.tokens().set(place, "other"));
  }

  @Test
  public void testWeightsThatAreNotPositiveAndFiniteAreRefused() {
    float weight =
        randomFrom(
            new Float[] {0f, -0f, -randomWeight(), Float.NaN, 1f / 0f, Float.NEGATIVE_INFINITY});
    assertRefused("bad", weight, "token [bad] must be positive and finite, got [" + weight + "]");
  }

  @Test
  public void testAnEmptyTokenIsRefused() {
    assertRefused("", 1.5f, "must have at least one character, got one without, of weight [1.5]");
  }

  private static void assertRefused(String token, float weight, String message) {
    Map<String, Float> weights = randomWeights();
    weights.put(token, weight);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> SparseVector.of(weights));
    assertTrue(refused.getMessage(), refused.getMessage().contains(message));
  }
}
