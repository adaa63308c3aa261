package io.trident.models.api;

/**
 * The token vectors of one text, for late interaction.
 *
 * @param dimension dimensions of each vector, at least 1
 * @param values the vectors one after the other: {@code count() * dimension} floats
 * @param tokenIds the vocabulary id of each vector's token
 * @param starts where each token starts in the text, in UTF-16 units
 * @param ends where each token ends in the text (exclusive), in UTF-16 units
 */
public record TokenVectors(
    int dimension, float[] values, int[] tokenIds, int[] starts, int[] ends) {

  public TokenVectors {
    if (dimension < 1) {
      throw new IllegalArgumentException("dimension must be at least 1, got " + dimension);
    }
    if (values.length != (long) tokenIds.length * dimension
        || starts.length != tokenIds.length
        || ends.length != tokenIds.length) {
      throw new IllegalArgumentException(
          "token vectors of dimension ["
              + dimension
              + "] must be parallel, got ["
              + values.length
              + "] values, ["
              + tokenIds.length
              + "] ids, ["
              + starts.length
              + "] starts and ["
              + ends.length
              + "] ends");
    }
  }

  /** How many vectors there are. */
  public int count() {
    return tokenIds.length;
  }
}
