/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import java.io.IOException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Lists come back as they were written, in few bytes. */
public class TestRiceCode extends LuceneTestCase {

  private static int[] numbers(int count, int below) {
    return random().ints(0, below).distinct().limit(count).sorted().toArray();
  }

  private static long roundTrip(int[] numbers, int most) throws IOException {
    try (Directory directory = new ByteBuffersDirectory()) {
      try (IndexOutput out = directory.createOutput("list", IOContext.DEFAULT)) {
        RiceCode.write(numbers, 0, numbers.length, out);
      }
      try (IndexInput in = directory.openInput("list", IOContext.DEFAULT)) {
        assertArrayEquals(numbers, RiceCode.read(in, most));
        assertEquals(in.length(), in.getFilePointer());
        return in.length();
      }
    }
  }

  public void testRoundTrip() throws IOException {
    for (int i = 0; i < 300; i++) {
      int below = 1 << random().nextInt(31);
      int count = Math.min(below / 2, random().nextInt(300));
      roundTrip(numbers(count, below), below);
    }
  }

  public void testExtremes() throws IOException {
    int most = Integer.MAX_VALUE;
    roundTrip(new int[0], most);
    roundTrip(new int[] {0}, most);
    roundTrip(new int[] {most - 1}, most);
    roundTrip(new int[] {0, most - 1}, most);
    roundTrip(new int[] {most - 3, most - 2, most - 1}, most);
    int[] all = new int[1000];
    for (int i = 0; i < all.length; i++) {
      all[i] = i;
    }
    roundTrip(all, all.length);
    int[] jump = new int[1001];
    System.arraycopy(all, 0, jump, 0, all.length);
    jump[1000] = 10_000_000;
    roundTrip(jump, most);
  }

  public void testTakesLittleMoreThanTheEntropy() throws IOException {
    int gap = TestUtil.nextInt(random(), 20, 500);
    int count = 10_000;
    long bytes = roundTrip(numbers(count, gap * count), gap * count);
    double entropy = Math.log(Math.E * gap) / Math.log(2);
    assertTrue(8.0 * bytes / count + " bits for " + entropy, 8.0 * bytes / count < entropy + 0.6);
  }

  public void testNumbersOutOfRangeAreTold() throws IOException {
    int[] numbers = numbers(50, 1000);
    expectThrows(CorruptIndexException.class, () -> roundTrip(numbers, 49));
    expectThrows(CorruptIndexException.class, () -> roundTrip(numbers, numbers[49]));
  }
}
