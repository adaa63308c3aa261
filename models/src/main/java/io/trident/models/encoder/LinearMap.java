package io.trident.models.encoder;

import io.trident.models.folder.ModelConfig;
import io.trident.models.folder.ModelFolder;

/**
 * A linear map of vectors, to fewer dimensions as a rule (LeanVec: Tepper et al., 2024).
 *
 * @param rows a row of weights for each dimension that comes out, each as long as what goes in
 */
record LinearMap(float[][] rows) {

  /**
   * Reads a map from a JSON array of its rows.
   *
   * @param width the dimensions that go in
   * @throws io.trident.models.api.ModelException INVALID_MODEL
   */
  static LinearMap read(ModelFolder folder, String file, int width) {
    float[][] rows = ModelConfig.readJson(folder, file, float[][].class);
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
    return new LinearMap(rows);
  }

  /** Dimensions that come out. */
  int dimension() {
    return rows.length;
  }

  float[] apply(float[] vector) {
    float[] mapped = new float[rows.length];
    for (int r = 0; r < rows.length; r++) {
      float sum = 0;
      for (int d = 0; d < vector.length; d++) {
        sum += rows[r][d] * vector[d];
      }
      mapped[r] = sum;
    }
    return mapped;
  }
}
