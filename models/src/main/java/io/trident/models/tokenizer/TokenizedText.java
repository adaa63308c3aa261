package io.trident.models.tokenizer;

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
}
