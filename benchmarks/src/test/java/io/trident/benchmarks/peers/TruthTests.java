/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.peers;

import static org.junit.Assert.assertEquals;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import io.trident.benchmarks.vectors.DataSet;
import io.trident.benchmarks.vectors.Item;
import io.trident.benchmarks.vectors.SparseVector;
import io.trident.benchmarks.vectors.Tokens;
import java.io.IOException;
import java.util.List;
import org.junit.Test;

/** Exact answers and latencies against what can be counted by hand. */
public class TruthTests extends RandomizedTest {

  /** Three documents in two groups. */
  private static final List<Item> DOCUMENTS =
      List.of(
          item(new int[] {1, 5}, new float[] {1, 2}, new float[] {1, 0}, 0),
          item(new int[] {5, 9}, new float[] {3, 1}, new float[] {0.6f, 0.8f}, 1),
          item(new int[] {1}, new float[] {4}, new float[] {0, 1}, 1));

  private static final DataSet DATA =
      new DataSet() {
        @Override
        public String name() {
          return "three";
        }

        @Override
        public int documents(int limit, Consumer consumer) throws IOException {
          for (int i = 0; i < DOCUMENTS.size(); i++) {
            consumer.accept(i, DOCUMENTS.get(i));
          }
          return DOCUMENTS.size();
        }

        @Override
        public List<Item> queries(boolean expanded, int limit, int documents) {
          return List.of(item(new int[] {5, 77}, new float[] {1, 1}, new float[] {0, 1}, 1));
        }
      };

  private static Item item(int[] tokens, float[] weights, float[] dense, int group) {
    float[][] vectors = {dense, {dense[1], dense[0]}};
    return new Item(
        "",
        new SparseVector(tokens, weights),
        dense,
        new Tokens(new int[vectors.length], vectors),
        group);
  }

  private static double recall(Truth.Kind kind, int k, String... found) throws IOException {
    List<Item> queries = DATA.queries(true, 1, 3);
    return Truth.compute(kind, DATA, 3, queries, 3).recall(0, List.of(found), k);
  }

  @Test
  public void testSparse() throws IOException {
    // 2, 3 and 0
    assertEquals(1, recall(Truth.Kind.SPARSE, 2, "0", "1"), 0);
    assertEquals(0.5, recall(Truth.Kind.SPARSE, 2, "2", "1"), 0);
  }

  @Test
  public void testDense() throws IOException {
    // 0, 0.8 and 1
    assertEquals(1, recall(Truth.Kind.DENSE, 1, "2"), 0);
    assertEquals(0.5, recall(Truth.Kind.DENSE, 2, "0", "2"), 0);
  }

  @Test
  public void testMaxSimLooksAtTheGroupAlone() throws IOException {
    // 1.6 and 2 in the group of the query, 2 outside of it
    assertEquals(1, recall(Truth.Kind.MAX_SIM, 1, "2"), 0);
    assertEquals(1, recall(Truth.Kind.MAX_SIM, 3, "1", "2"), 0);
  }

  @Test
  public void testLatencies() {
    Measured measured = new Measured();
    for (int i = 1; i <= 1000; i++) {
      measured.add(1001 - i, 3);
    }
    assertEquals(500.5, measured.mean(), 1e-9);
    assertEquals(501, measured.percentile(0.5), 0);
    assertEquals(991, measured.percentile(0.99), 0);
    assertEquals(3, measured.took(), 0);
    assertEquals(1000 / 500.5, measured.throughputOfOne(), 1e-9);
    assertEquals(Double.NaN, measured.recall(), 0);
    measured.addThroughput(200, 4, 0.5);
    assertEquals(50, measured.throughputOfTwo(), 0);
    assertEquals(2.5, measured.processor(), 0);
    measured.addRecall(1);
    measured.addRecall(0.5);
    assertEquals(0.75, measured.recall(), 0);
  }

  @Test
  public void testEveryComparisonCanBeRead() throws IOException {
    for (String name : List.of("sparse", "max_sim", "dense", "fusion")) {
      Comparison comparison = Comparison.read(name);
      for (Comparison.SystemSpec system : comparison.systems()) {
        assertEquals(system.name(), true, comparison.indices().containsKey(system.index()));
      }
    }
  }
}
