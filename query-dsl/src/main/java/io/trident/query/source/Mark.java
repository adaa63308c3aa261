/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.source;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.lucene.util.BytesRef;

/**
 * Stands in a stored source where a vector was: a text that no field of ours takes as a value, so
 * that a source that something reads without the index cannot lose a vector unnoticed. It says how
 * many documents before the one with the source has the vector: nested documents stand before their
 * parent.
 */
final class Mark {

  private static final String PREFIX = "\"trident:derived:";
  private static final byte[] PREFIX_BYTES = PREFIX.getBytes(StandardCharsets.UTF_8);

  private Mark() {}

  /** The mark as JSON. */
  static String of(int distance) {
    return PREFIX + distance + '"';
  }

  /** Whether a source may have marks. */
  static boolean mayBeIn(BytesRef source) {
    int last = source.offset + source.length - PREFIX_BYTES.length;
    for (int at = source.offset; at <= last; at++) {
      if (isAt(source.bytes, at)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a part of a source that may have marks is one. */
  static boolean is(Part part, byte[] source) {
    return part.end() - part.start() > PREFIX_BYTES.length && isAt(source, part.start());
  }

  private static boolean isAt(byte[] bytes, int at) {
    return Arrays.equals(bytes, at, at + PREFIX_BYTES.length, PREFIX_BYTES, 0, PREFIX_BYTES.length);
  }

  /** The distance that a mark says. */
  static int distance(String mark) {
    return Integer.parseInt(mark.substring(PREFIX.length(), mark.length() - 1));
  }
}
