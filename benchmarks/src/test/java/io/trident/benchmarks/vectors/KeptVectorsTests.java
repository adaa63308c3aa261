/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.vectors;

import static org.junit.Assert.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;

/** Documents that are read once. */
public class KeptVectorsTests {

  private static final int STORED = 7;

  /** Counts how often its documents are read. */
  private static final class Counted implements DataSet {
    private int reads;

    @Override
    public String name() {
      return "counted";
    }

    @Override
    public int documents(int limit, Consumer consumer) throws IOException {
      reads++;
      int count = Math.min(limit, STORED);
      for (int number = 0; number < count; number++) {
        consumer.accept(number, new Item("text " + number, null, null, null, 0));
      }
      return count;
    }

    @Override
    public List<Item> queries(boolean expanded, int limit, int documents) {
      return List.of();
    }
  }

  @Test
  public void testDocumentsAreReadAgainOnlyWhenMoreAreAskedFor() throws IOException {
    Counted counted = new Counted();
    KeptVectors kept = new KeptVectors(counted);
    int[][] limitsAndReads = {{3, 1}, {3, 1}, {2, 1}, {5, 2}, {100, 3}, {100, 3}, {1, 3}};
    for (int[] step : limitsAndReads) {
      List<String> texts = new ArrayList<>();
      int count = kept.documents(step[0], (number, item) -> texts.add(number + item.text()));
      assertEquals(Math.min(step[0], STORED), count);
      List<String> expected = new ArrayList<>();
      for (int number = 0; number < count; number++) {
        expected.add(number + "text " + number);
      }
      assertEquals(expected, texts);
      assertEquals(step[1], counted.reads);
    }
  }
}
