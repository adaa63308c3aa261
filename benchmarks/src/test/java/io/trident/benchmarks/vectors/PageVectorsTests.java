/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;

/** Pages are the same at every call, of 1,030 vectors of length 1. */
public class PageVectorsTests extends RandomizedTest {

  private static List<float[][]> pages(int limit) throws IOException {
    List<float[][]> pages = new ArrayList<>();
    new PageVectors().documents(limit, (number, item) -> pages.add(item.tokens().vectors()));
    return pages;
  }

  @Test
  public void testPages() throws IOException {
    List<float[][]> pages = pages(2);
    float[][] again = pages(3).get(1);
    for (float[][] page : pages) {
      assertEquals(1_030, page.length);
      for (float[] patch : page) {
        assertEquals(128, patch.length);
        assertEquals(1, squaredLength(patch), 1e-5);
      }
    }
    assertArrayEquals(pages.get(1), again);
  }

  private static double squaredLength(float[] vector) {
    double sum = 0;
    for (float value : vector) {
      sum += value * value;
    }
    return sum;
  }
}
