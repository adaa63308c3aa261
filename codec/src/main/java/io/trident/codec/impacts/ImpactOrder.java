/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.lucene.util.StringHelper;

/**
 * An order of documents in which those with the same heaviest tokens are neighbours, so that blocks
 * are homogeneous and their bounds tight. The key of a document depends on nothing but its vector:
 * the hashes of its three heaviest tokens, the heaviest in front. An index that is sorted by the
 * key keeps the order through every flush and merge.
 */
public final class ImpactOrder {

  private static final int TOKENS = 3;

  /** Bits of a token's hash: 21, so that three fit in a positive long. */
  private static final int BITS = 21;

  private ImpactOrder() {}

  /**
   * The key of a vector.
   *
   * @param tokens distinct tokens
   * @param impacts one impact per token
   * @return at least 0; equal vectors have equal keys, whatever the order of their tokens
   */
  public static long key(List<String> tokens, int[] impacts) {
    int[] heaviest = heaviest(tokens, impacts);
    long key = 0;
    for (int i = 0; i < TOKENS; i++) {
      key = key << BITS | (i < heaviest.length ? hash(tokens.get(heaviest[i])) : 0);
    }
    return key;
  }

  /** Where the heaviest tokens are, the heaviest first; as many as count. */
  private static int[] heaviest(List<String> tokens, int[] impacts) {
    int[] heaviest = new int[Math.min(TOKENS, impacts.length)];
    for (int i = 0; i < impacts.length; i++) {
      int place = Math.min(i, heaviest.length);
      while (place > 0 && isHeavier(tokens, impacts, i, heaviest[place - 1])) {
        place--;
      }
      if (place < heaviest.length) {
        System.arraycopy(heaviest, place, heaviest, place + 1, heaviest.length - 1 - place);
        heaviest[place] = i;
      }
    }
    return heaviest;
  }

  /** Whether a token comes before another: the heavier first, of equal ones the smaller string. */
  private static boolean isHeavier(List<String> tokens, int[] impacts, int i, int other) {
    return impacts[i] == impacts[other]
        ? tokens.get(i).compareTo(tokens.get(other)) < 0
        : impacts[i] > impacts[other];
  }

  private static int hash(String token) {
    byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
    return StringHelper.murmurhash3_x86_32(bytes, 0, bytes.length, 0) >>> (Integer.SIZE - BITS);
  }
}
