/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.folder.ModelFolder;

/** A matrix that vectors are multiplied by. Thread-safe. */
final class Matrix {

  /** The weights that one value of a vector goes out with: {@code [in][out]}. */
  private final float[][] columns;

  private Matrix(float[][] columns) {
    this.columns = columns;
  }

  /**
   * A matrix of a model.
   *
   * @param file where it comes from, for messages
   * @param rows one for each dimension that comes out
   * @param width the dimensions that go in
   * @throws io.trident.models.api.ModelException INVALID_MODEL when it does not fit them
   */
  static Matrix of(ModelFolder folder, String file, float[][] rows, int width) {
    if (rows.length == 0) {
      throw folder.invalid("must have at least 1 row in [" + file + "], got [0]", null);
    }
    for (float[] row : rows) {
      if (row == null || row.length != width) {
        throw folder.invalid(
            "must have rows of ["
                + width
                + "] numbers in ["
                + file
                + "], got one of ["
                + (row == null ? 0 : row.length)
                + "]",
            null);
      }
    }
    float[][] columns = new float[width][rows.length];
    for (int r = 0; r < rows.length; r++) {
      for (int d = 0; d < width; d++) {
        columns[d][r] = rows[r][d];
      }
    }
    return new Matrix(columns);
  }

  /** Dimensions that come out. */
  int dimension() {
    return columns[0].length;
  }

  /**
   * Adds a product's first dimensions.
   *
   * @param from where the vector starts
   * @param to where to add its product
   * @param kept how many dimensions of that are wanted
   */
  void addProduct(float[] vectors, int from, float[] sums, int to, int kept) {
    for (int d = 0; d < columns.length; d++) {
      float value = vectors[from + d];
      float[] column = columns[d];
      for (int r = 0; r < kept; r++) { // by columns: the compiler makes SIMD of it
        sums[to + r] += value * column[r];
      }
    }
  }
}
