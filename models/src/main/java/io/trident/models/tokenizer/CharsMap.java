/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.Deque;

/**
 * The map of characters to others that SentencePiece keeps in a tokenizer: a trie of the bytes of
 * texts in a double array (Aoe, 1989), whose values are places of replacements, each of which ends
 * with a 0. The native library follows the array without looking where it leads, so every step that
 * some text can lead it to is taken here first. Time is linear in the size of the array.
 */
final class CharsMap {

  /** The longest replacement of Unicode's own normalizations has 33 bytes, for one of 3. */
  private static final int MAX_REPLACEMENT_BYTES = 64;

  private static final int BYTES = 256;
  private static final int VALUE = 0x7FFF_FFFF;

  private final IntBuffer units;
  private final byte[] replacements;

  private CharsMap(IntBuffer units, byte[] replacements) {
    this.units = units;
    this.replacements = replacements;
  }

  /**
   * Checks a map.
   *
   * @param base64 null where there is none
   * @throws IllegalArgumentException when a text could lead out of it
   */
  static void check(String base64) {
    if (base64 == null) {
      throw malformed();
    }
    byte[] decoded = Base64.getDecoder().decode(base64);
    if (Base64.getEncoder().encodeToString(decoded).equals(base64) == false) {
      throw malformed(); // in one of the spellings that the native library does not take
    }
    ByteBuffer bytes = ByteBuffer.wrap(decoded).order(ByteOrder.LITTLE_ENDIAN);
    int length = bytes.remaining() < Integer.BYTES ? -1 : bytes.getInt();
    if (length < Integer.BYTES || length > bytes.remaining()) {
      throw malformed();
    }
    IntBuffer units =
        bytes.slice(bytes.position(), length).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    byte[] text =
        Arrays.copyOfRange(decoded, units.limit() * Integer.BYTES + Integer.BYTES, decoded.length);
    if (Arrays.equals(text, new String(text, UTF_8).getBytes(UTF_8)) == false) {
      throw malformed();
    }
    new CharsMap(units, text).walk();
  }

  private void walk() {
    BitSet seen = new BitSet(units.limit());
    Deque<Integer> open = new ArrayDeque<>();
    open.add(next(0));
    while (open.isEmpty() == false) {
      int from = open.remove();
      for (int b = 1; b < BYTES; b++) {
        int place = from ^ b;
        int unit = unit(place);
        if ((unit & (0x8000_0000 | 0xFF)) != b) {
          continue;
        }
        int to = next(place);
        if ((unit >> 8 & 1) == 1) {
          checkReplacement(unit(to) & VALUE);
        }
        if (seen.get(to) == false) {
          seen.set(to);
          open.add(to);
        }
      }
    }
  }

  private int unit(int place) {
    if (place >= units.limit()) {
      throw malformed();
    }
    return units.get(place);
  }

  /** The state that a unit leads to. */
  private int next(int place) {
    int unit = unit(place);
    int to = place ^ (unit >>> 10) << ((unit & 1 << 9) >> 6);
    if (to < 0 || to >= units.limit()) {
      throw malformed();
    }
    return to;
  }

  /** It must begin with a character, not inside of one, and end soon. */
  private void checkReplacement(int start) {
    if (start > replacements.length
        || (start < replacements.length && (replacements[start] & 0xC0) == 0x80)) {
      throw malformed();
    }
    int end = start;
    while (end < replacements.length && replacements[end] != 0) {
      end++;
      if (end - start > MAX_REPLACEMENT_BYTES) {
        throw malformed();
      }
    }
  }

  private static IllegalArgumentException malformed() {
    return new IllegalArgumentException(
        "must have a [precompiled_charsmap] that leads nowhere else");
  }
}
