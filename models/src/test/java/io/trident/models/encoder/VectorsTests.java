/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import org.junit.Test;

/** Arithmetic on vectors. */
public class VectorsTests extends RandomizedTest {

  @Test
  public void testVectorsOfAnyLengthAreNormalized() {
    int length = randomIntBetween(1, 50);
    int start = randomIntBetween(0, 5);
    float[] values = new float[start + length + randomIntBetween(0, 5)];
    float most = randomBoolean() ? 1e38f : Float.MIN_NORMAL;
    float largest = Float.intBitsToFloat(randomIntBetween(1, Float.floatToIntBits(most)));
    for (int i = start; i < start + length; i++) {
      values[i] = largest * (2 * randomFloat() - 1);
    }
    values[start] = randomBoolean() ? largest : Float.MIN_VALUE;
    Vectors.normalize(values, start, length);
    double square = 0;
    for (float value : values) {
      square += (double) value * value;
    }
    assertEquals(1, square, 1e-5);
  }

  @Test
  public void testAVectorOfZerosStays() {
    float[] zeros = new float[randomIntBetween(1, 9)];
    Vectors.normalize(zeros, 0, zeros.length);
    assertArrayEquals(new float[zeros.length], zeros, 0);
  }
}
