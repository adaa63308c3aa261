/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;

/** Vectors at random are the same at every call, with ascending tokens and positive weights. */
public class RandomVectorsTests extends RandomizedTest {

  private static List<SparseVector> vectors(int limit) throws IOException {
    List<SparseVector> vectors = new ArrayList<>();
    new RandomVectors().documents(limit, (number, item) -> vectors.add(item.sparse()));
    new RandomVectors()
        .queries(randomBoolean(), 10, limit)
        .forEach(query -> vectors.add(query.sparse()));
    return vectors;
  }

  @Test
  public void testVectors() throws IOException {
    List<SparseVector> vectors = vectors(20);
    List<SparseVector> more = vectors(30);
    for (int i = 0; i < vectors.size(); i++) {
      int[] tokens = vectors.get(i).tokens();
      for (int t = 0; t < tokens.length; t++) {
        assertTrue(t == 0 || tokens[t] > tokens[t - 1]);
        assertTrue(vectors.get(i).weights()[t] > 0);
      }
    }
    for (int i = 0; i < 20; i++) {
      assertArrayEquals(vectors.get(i).tokens(), more.get(i).tokens());
      assertArrayEquals(vectors.get(i).weights(), more.get(i).weights(), 0);
    }
  }
}
