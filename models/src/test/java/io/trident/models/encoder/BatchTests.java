/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.carrotsearch.randomizedtesting.RandomizedTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.Test;

/** Every row is in one run, runs are small and little padded, and there are few lengths. */
public class BatchTests extends RandomizedTest {

  private static Batch.Row row(int length) {
    long[] ids = new long[length];
    for (int i = 0; i < length; i++) {
      ids[i] = i + 1L;
    }
    return new Batch.Row(ids, new long[length], length);
  }

  @Test
  public void testBuckets() {
    Set<Integer> buckets = new TreeSet<>();
    for (int length = 1; length <= 512; length++) {
      int bucket = Batch.bucket(length, 512);
      assertTrue(bucket >= length && bucket - length < Math.max(8, length / 4));
      assertEquals("a bucket is its own", bucket, Batch.bucket(bucket, 512));
      buckets.add(bucket);
    }
    assertEquals(
        "[8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512]",
        buckets.toString());
    assertEquals("never longer than the model takes", 250, Batch.bucket(245, 250));
  }

  @Test
  public void testSplit() {
    int maxTokens = randomIntBetween(8, 600);
    int tokensPerRun = randomIntBetween(1, 2_000);
    List<Batch.Row> rows = new ArrayList<>();
    for (int i = randomIntBetween(0, 200); i > 0; i--) {
      rows.add(row(randomIntBetween(1, maxTokens)));
    }
    List<Integer> all = new ArrayList<>();
    Batch.split(
        rows,
        tokensPerRun,
        maxTokens,
        numbers -> {
          all.addAll(numbers);
          Batch batch = Batch.of(numbers.stream().map(rows::get).toList(), maxTokens);
          assertTrue(numbers.size() == 1 || batch.padded() <= tokensPerRun);
          for (int number : numbers) {
            int length = rows.get(number).length();
            assertEquals(batch.ids()[0].length, Batch.bucket(length, maxTokens));
          }
        });
    assertEquals(rows.size(), all.size());
    assertEquals(rows.size(), Set.copyOf(all).size());
    for (int i = 1; i < all.size(); i++) {
      assertTrue(rows.get(all.get(i - 1)).length() <= rows.get(all.get(i)).length());
    }
  }

  @Test
  public void testPaddingIsNotAttendedTo() {
    Batch batch =
        Batch.of(List.of(row(3), new Batch.Row(new long[] {7, 7, 7, 7}, new long[4], 2)), 512);
    assertArrayEquals(new long[] {1, 2, 3, 0, 0, 0, 0, 0}, batch.ids()[0]);
    assertArrayEquals(new long[] {1, 1, 1, 0, 0, 0, 0, 0}, batch.mask()[0]);
    assertArrayEquals(new long[] {7, 7, 7, 7, 0, 0, 0, 0}, batch.ids()[1]);
    assertArrayEquals(new long[] {1, 1, 0, 0, 0, 0, 0, 0}, batch.mask()[1]);
    assertEquals(16, batch.padded());
  }
}
