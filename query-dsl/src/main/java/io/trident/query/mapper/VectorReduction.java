/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import java.util.Arrays;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.util.VectorUtil;

/**
 * Maps vectors to fewer dimensions, in which a graph looks for candidates that the whole vectors
 * choose among (LeanVec: Tepper et al., 2024). Products of maps come near those of vectors when the
 * rows of the map are orthonormal and vectors lie near the space that they span. Without rows, the
 * first dimensions are kept, as models with nested dimensions are trained for (Matryoshka
 * representations: Kusupati et al., 2022). Immutable, thread-safe.
 */
public final class VectorReduction {

  private final int dimension;

  /** What each reduced dimension is the product with; null for the vector's first dimensions. */
  private final float[][] rows;

  private final VectorSimilarityFunction similarity;

  /**
   * Makes the map.
   *
   * @param dimension how many dimensions remain
   * @param rows one per dimension that remains, as long as a vector, or null to keep the first ones
   * @param similarity how whole vectors compare
   */
  public VectorReduction(int dimension, float[][] rows, VectorSimilarityFunction similarity) {
    this.dimension = dimension;
    this.rows = rows;
    this.similarity = similarity;
  }

  /**
   * How reduced vectors compare. Cosines are products of vectors of length 1; their maps are
   * shorter by what the map leaves out, which a cosine would put back.
   */
  public VectorSimilarityFunction similarity() {
    return similarity == VectorSimilarityFunction.COSINE
        ? VectorSimilarityFunction.DOT_PRODUCT
        : similarity;
  }

  /** Reduces the vector of a document or a query. */
  public float[] reduce(float[] vector) {
    boolean directions = similarity == VectorSimilarityFunction.COSINE;
    if (rows == null) {
      float[] first = Arrays.copyOf(vector, dimension);
      return directions ? VectorUtil.l2normalize(first, false) : first;
    }
    float[] whole = directions ? VectorUtil.l2normalize(vector.clone()) : vector;
    float[] reduced = new float[dimension];
    for (int d = 0; d < dimension; d++) {
      reduced[d] = VectorUtil.dotProduct(rows[d], whole);
    }
    return reduced;
  }
}
