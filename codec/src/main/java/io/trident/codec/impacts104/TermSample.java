/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import static org.apache.lucene.index.IndexWriter.MAX_TERM_LENGTH;

import java.io.IOException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.BitUtil;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.packed.DirectMonotonicReader;

/**
 * The first eight bytes of every 32nd term of a field, in memory, so that a look-up searches few
 * terms on disk: a quarter of a byte per term. Immutable, thread-safe.
 */
final class TermSample {

  private static final int INTERVAL = 32;

  /** Big-endian with the sign flipped, so that they ascend as the terms do. */
  private final long[] prefixes;

  private final long size;

  /**
   * Reads the sample.
   *
   * @param size how many terms there are; at least 1
   * @param ends where the bytes of each term end
   * @param bytes the bytes of the terms
   */
  TermSample(long size, DirectMonotonicReader ends, IndexInput bytes) throws IOException {
    this.size = size;
    prefixes = new long[Math.toIntExact((size - 1) / INTERVAL + 1)];
    BytesRef term = new BytesRef(Long.BYTES);
    for (int i = 0; i < prefixes.length; i++) {
      long ord = (long) i * INTERVAL;
      long start = ord == 0 ? 0 : ends.get(ord - 1);
      term.length = Math.min(Long.BYTES, checkedLength(start, ends.get(ord), bytes));
      bytes.seek(start);
      bytes.readBytes(term.bytes, 0, term.length);
      prefixes[i] = prefix(term);
    }
  }

  /** The length of a term from where its bytes start and end. */
  static int checkedLength(long start, long end, IndexInput bytes) throws IOException {
    if (start < 0 || end < start || end > bytes.length() || end - start > MAX_TERM_LENGTH) {
      throw new CorruptIndexException(
          "a term must be inside of ["
              + bytes.length()
              + "] bytes, got ["
              + start
              + "] to ["
              + end
              + "]",
          bytes);
    }
    return (int) (end - start);
  }

  /** The first eight bytes, with zeros after a shorter term. */
  private static long prefix(BytesRef term) {
    long prefix = 0;
    if (term.length >= Long.BYTES) {
      prefix = Long.reverseBytes((long) BitUtil.VH_LE_LONG.get(term.bytes, term.offset));
    } else {
      for (int i = 0; i < term.length; i++) {
        prefix |= (term.bytes[term.offset + i] & 0xffL) << (Long.SIZE - Byte.SIZE * (i + 1));
      }
    }
    return prefix ^ Long.MIN_VALUE;
  }

  /** The ordinal of the first term that can be equal to or above the given one. */
  long first(BytesRef term) {
    int at = firstAtLeast(prefix(term));
    return at == 0 ? 0 : (long) (at - 1) * INTERVAL;
  }

  /** The ordinal of the last term that can be equal to or below the given one. */
  long last(BytesRef term) {
    long prefix = prefix(term);
    int at = prefix == Long.MAX_VALUE ? prefixes.length : firstAtLeast(prefix + 1);
    return at == prefixes.length ? size - 1 : (long) at * INTERVAL;
  }

  private int firstAtLeast(long prefix) {
    int low = 0;
    int high = prefixes.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (prefixes[middle] < prefix) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
