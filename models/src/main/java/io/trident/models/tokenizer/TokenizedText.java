/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.tokenizer;

import java.util.Arrays;
import java.util.List;

/**
 * The tokens of a text, without markers. The arrays are parallel.
 *
 * @param ids vocabulary ids
 * @param starts where each token starts in the text, in UTF-16 units
 * @param ends where each token ends (exclusive), in UTF-16 units
 */
public record TokenizedText(long[] ids, int[] starts, int[] ends) {

  /** How many tokens there are. */
  public int length() {
    return ids.length;
  }

  /** The first tokens of the text alone. */
  public TokenizedText first(int count) {
    return count == ids.length
        ? this
        : new TokenizedText(
            Arrays.copyOf(ids, count), Arrays.copyOf(starts, count), Arrays.copyOf(ends, count));
  }

  /** The same tokens in a text that has so much more before them. */
  TokenizedText shift(int by) {
    return new TokenizedText(
        ids,
        Arrays.stream(starts).map(start -> start + by).toArray(),
        Arrays.stream(ends).map(end -> end + by).toArray());
  }

  /** The tokens of texts that follow each other. */
  static TokenizedText join(List<TokenizedText> texts) {
    return new TokenizedText(
        texts.stream().flatMapToLong(text -> Arrays.stream(text.ids)).toArray(),
        texts.stream().flatMapToInt(text -> Arrays.stream(text.starts)).toArray(),
        texts.stream().flatMapToInt(text -> Arrays.stream(text.ends)).toArray());
  }
}
