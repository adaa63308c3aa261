package io.trident.models.tokenizer;

import java.util.Arrays;

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
}
