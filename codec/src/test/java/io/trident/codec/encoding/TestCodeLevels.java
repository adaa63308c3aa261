/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Compares what bits stand for with the definition, bit by bit. */
public class TestCodeLevels extends LuceneTestCase {

  private static int bit(byte[] codes, int from, int at) {
    return at < 0 ? 0 : (codes[from + at / 8] >>> (at % 8)) & 1;
  }

  public void testEvenlySpaced() {
    for (int bits : new int[] {1, 4, 8}) {
      int from = random().nextInt(5);
      byte[] codes = new byte[from + 20];
      random().nextBytes(codes);
      for (int d = 0; d < 20 * 8 / bits; d++) {
        int u = 0;
        for (int i = 0; i < bits; i++) {
          u |= bit(codes, from, d * bits + i) << i;
        }
        assertEquals(u - ((1 << bits) - 1) / 2.0, CodeLevels.of(codes, from, d, bits), 0);
      }
    }
  }

  public void testTrellis() {
    int from = random().nextInt(5);
    int length = TestUtil.nextInt(random(), 1, 40);
    byte[] codes = new byte[from + length];
    random().nextBytes(codes);
    for (int d = 0; d < 4 * length; d++) {
      int at = 2 * d;
      int high = bit(codes, from, at + 1);
      int middle = bit(codes, from, at) ^ bit(codes, from, at - 2) ^ bit(codes, from, at - 6);
      int low = bit(codes, from, at - 4);
      double u = 4 * high + 2 * middle + low - 3.5;
      assertEquals((28 * u + u * u * u) / 64, CodeLevels.of(codes, from, d, 2), 0);
    }
  }
}
