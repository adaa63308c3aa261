/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.DataOutput;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.BitUtil;

/**
 * Ascending numbers as Golomb-Rice coded gaps, within half a bit of the entropy of numbers that are
 * spread by chance. A list is its length (vInt), then, unless that is 0, the parameter {@code r}
 * (byte), the number of bytes (vInt), and for each number the gap to the one before, less one: as
 * many one bits as {@code gap >>> r}, a zero bit, and the {@code r} lowest bits of the gap; bits
 * fill bytes from the lowest. Stateless.
 */
final class RiceCode {

  private static final int WORD_BITS = Long.SIZE - Byte.SIZE;
  private static final long ALL_ONES = -1L >>> Byte.SIZE;

  /**
   * About ln 2: times the mean gap, the divisor that makes the codes of gaps of a geometric
   * distribution shortest (Gallager and van Voorhis, 1975).
   */
  private static final double LN_2 = 0.7;

  private RiceCode() {}

  /** Writes ascending numbers from 0, none twice. */
  static void write(int[] numbers, int from, int to, DataOutput out) throws IOException {
    int count = to - from;
    out.writeVInt(count);
    if (count == 0) {
      return;
    }
    int meanGap = numbers[to - 1] / count;
    int r = meanGap < 2 ? 0 : 31 - Integer.numberOfLeadingZeros((int) (meanGap * LN_2));
    BitBuffer bits = new BitBuffer();
    int previous = -1;
    for (int i = from; i < to; i++) {
      int gap = numbers[i] - previous - 1;
      bits.ones(gap >>> r);
      bits.add(0, 1);
      bits.add(gap & ((1 << r) - 1), r);
      previous = numbers[i];
    }
    out.writeByte((byte) r);
    out.writeVInt(bits.bytes());
    out.writeBytes(bits.buffer, bits.bytes());
  }

  /**
   * Reads the numbers that {@link #write} wrote.
   *
   * @param most how many there can be; they are below it
   */
  static int[] read(IndexInput in, int most) throws IOException {
    int count = in.readVInt();
    if (count < 0 || count > most) {
      throw new CorruptIndexException(
          "a list must have at most [" + most + "] numbers, got [" + count + "]", in);
    }
    int[] numbers = new int[count];
    if (count == 0) {
      return numbers;
    }
    int r = in.readByte();
    int length = in.readVInt();
    if (r < 0 || r >= Integer.SIZE || length < 0 || length > in.length() - in.getFilePointer()) {
      throw new CorruptIndexException(
          "a list has the parameter [" + r + "] and [" + length + "] bytes", in);
    }
    byte[] bytes = new byte[length + Long.BYTES];
    in.readBytes(bytes, 0, length);
    long mask = (1L << r) - 1;
    int bit = 0;
    int previous = -1;
    for (int i = 0; i < count && bit <= length * Byte.SIZE; i++) {
      int ones = 0;
      long word = word(bytes, bit);
      while (word == ALL_ONES) {
        ones += WORD_BITS;
        bit += WORD_BITS;
        word = word(bytes, bit);
      }
      int run = Long.numberOfTrailingZeros(~word);
      ones += run;
      bit += run + 1;
      int gap = ones << r | (int) (word(bytes, bit) & mask);
      if (gap < 0 || gap >= most - 1 - previous) {
        throw new CorruptIndexException(
            "a list must have numbers below [" + most + "], got the gap [" + gap + "]", in);
      }
      previous += 1 + gap;
      bit += r;
      numbers[i] = previous;
    }
    if (bit > length * Byte.SIZE) {
      throw new CorruptIndexException("a list leads out of its [" + length + "] bytes", in);
    }
    return numbers;
  }

  /** At least the next 56 bits, and zeros above. */
  private static long word(byte[] bytes, int bit) {
    long word = (long) BitUtil.VH_LE_LONG.get(bytes, bit >>> 3) >>> (bit & 7);
    return word & ALL_ONES;
  }

  /** Bits that are written one after the other. */
  private static final class BitBuffer {
    private byte[] buffer = new byte[64];
    private int bits;

    private void ones(int count) {
      for (int left = count; left > 0; left -= Integer.SIZE - 1) {
        int now = Math.min(left, Integer.SIZE - 1);
        add((1 << now) - 1, now);
      }
    }

    private void add(int value, int count) {
      int end = bits + count;
      if (end / Byte.SIZE + 1 > buffer.length) {
        buffer = Arrays.copyOf(buffer, Math.max(end / Byte.SIZE + 1, buffer.length * 2));
      }
      for (int i = 0; i < count; i++, bits++) {
        buffer[bits >>> 3] |= (byte) (((value >>> i) & 1) << (bits & 7));
      }
    }

    private int bytes() {
      return (bits + Byte.SIZE - 1) / Byte.SIZE;
    }
  }
}
