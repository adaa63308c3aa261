package io.trident.query.fusion;

import java.util.Arrays;
import java.util.Objects;

/**
 * A document of the fused ranking, with what each leg gave it. The arrays have one element a leg.
 *
 * @param key the document
 * @param score its fused score
 * @param ranks its rank in each leg, from 1; 0 where the leg did not find it
 * @param scores the leg's own score
 * @param normalized the leg's score after normalisation
 */
record FusedDoc(DocKey key, float score, int[] ranks, float[] scores, float[] normalized) {

  @Override
  public boolean equals(Object other) {
    return other instanceof FusedDoc that
        && key.equals(that.key)
        && score == that.score
        && Arrays.equals(ranks, that.ranks)
        && Arrays.equals(scores, that.scores)
        && Arrays.equals(normalized, that.normalized);
  }

  @Override
  public int hashCode() {
    return Objects.hash(key, score);
  }
}
