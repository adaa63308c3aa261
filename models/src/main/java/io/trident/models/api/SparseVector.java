package io.trident.models.api;

import java.util.List;
import java.util.Objects;

/**
 * A learned sparse vector.
 *
 * @param tokens the distinct tokens, in ascending order
 * @param weights one positive, finite weight per token, parallel to {@code tokens}
 */
public record SparseVector(List<String> tokens, float[] weights) {

  public SparseVector {
    tokens = List.copyOf(tokens);
    Objects.requireNonNull(weights, "weights");
    if (tokens.size() != weights.length) {
      throw new IllegalArgumentException(
          "a sparse vector must have one weight per token, got ["
              + tokens.size()
              + "] tokens and ["
              + weights.length
              + "] weights");
    }
  }
}
