/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.DoubleValuesSource;
import org.apache.lucene.search.FullPrecisionFloatVectorSimilarityValuesSource;
import org.apache.lucene.search.IndexSearcher;

/**
 * How near the vector of a document is, as Lucene scores it for the similarity of the field. Says
 * less of itself than Lucene's sources do, which write the whole vector. Immutable, thread-safe.
 */
final class VectorSimilarity extends DoubleValuesSource {

  private final String field;
  private final float[] vector;
  private final boolean byFloats;

  /**
   * Makes the source.
   *
   * @param byFloats whether to compare the floats where the field has codes beside them
   */
  VectorSimilarity(String field, float[] vector, boolean byFloats) {
    this.field = Objects.requireNonNull(field, "field");
    this.vector = vector.clone();
    this.byFloats = byFloats;
  }

  @Override
  public DoubleValues getValues(LeafReaderContext context, DoubleValues scores) throws IOException {
    return byFloats
        ? new FullPrecisionFloatVectorSimilarityValuesSource(vector, field)
            .getSimilarityScores(context)
        : similarityToQueryVector(context, vector, field);
  }

  @Override
  public boolean needsScores() {
    return false;
  }

  @Override
  public DoubleValuesSource rewrite(IndexSearcher searcher) {
    return this;
  }

  @Override
  public boolean isCacheable(LeafReaderContext context) {
    return true;
  }

  @Override
  public String toString() {
    return "similarity of [" + field + "]";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VectorSimilarity that
        && field.equals(that.field)
        && byFloats == that.byFloats
        && Arrays.equals(vector, that.vector);
  }

  @Override
  public int hashCode() {
    return Objects.hash(field, byFloats, Arrays.hashCode(vector));
  }
}
