/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.models.config.FolderJson;
import io.trident.models.folder.ModelFolder;

/**
 * A linear map of vectors, to fewer dimensions as a rule (LeanVec: Tepper et al., 2024; the last
 * layer of ColBERT; the module Dense of Sentence Transformers), and what a layer does besides: a
 * bias, an activation, and its input added to what comes out (PyLate). Thread-safe.
 */
final class LinearMap {

  private final Matrix matrix;

  /** Added to what comes out; null for nothing. */
  private final float[] bias;

  private final Activation activation;

  /** Whether what went in is added to what comes out. */
  private final boolean residual;

  /** What it goes through for that; null for nothing. */
  private final Matrix residualMatrix;

  private LinearMap(
      Matrix matrix, float[] bias, Activation activation, boolean residual, Matrix residualMatrix) {
    this.matrix = matrix;
    this.bias = bias;
    this.activation = activation;
    this.residual = residual;
    this.residualMatrix = residualMatrix;
  }

  /**
   * Reads a map: a JSON array of its rows, each as long as what goes in, or a file of safetensors
   * with {@code linear.weight} and perhaps {@code linear.bias} and {@code residual.weight}, and a
   * {@code config.json} beside it that names the activation.
   *
   * @param width the dimensions that go in
   * @throws io.trident.models.api.ModelException INVALID_MODEL
   */
  static LinearMap read(ModelFolder folder, String file, int width) {
    if (file.endsWith(".safetensors") == false) {
      float[][] rows = FolderJson.read(folder, file, float[][].class);
      Matrix matrix = Matrix.of(folder, file, rows, width);
      return new LinearMap(matrix, null, Activation.IDENTITY, false, null);
    }
    Safetensors tensors = Safetensors.read(folder, file);
    Matrix matrix = Matrix.of(folder, file, tensors.matrix("linear.weight"), width);
    int out = matrix.dimension();
    JsonNode config = FolderJson.beside(folder, file);
    boolean residual = config.path("use_residual").asBoolean();
    return new LinearMap(
        matrix,
        tensors.has("linear.bias") ? tensors.vector("linear.bias", out) : null,
        Activation.of(folder, file, config),
        residual,
        residual && out != width ? residual(folder, file, tensors, width, out) : null);
  }

  private static Matrix residual(
      ModelFolder folder, String file, Safetensors tensors, int width, int out) {
    Matrix matrix = Matrix.of(folder, file, tensors.matrix("residual.weight"), width);
    if (matrix.dimension() != out) {
      throw folder.invalid(
          "must have ["
              + out
              + "] rows in [residual.weight] in ["
              + file
              + "], got ["
              + matrix.dimension()
              + "]",
          null);
    }
    return matrix;
  }

  /** Dimensions that come out. */
  int dimension() {
    return matrix.dimension();
  }

  float[] apply(float[] vector) {
    float[] mapped = new float[dimension()];
    apply(vector, 0, mapped, 0, mapped.length);
    return mapped;
  }

  /**
   * Maps a vector to the first of the dimensions that come out.
   *
   * @param from where the vector starts
   * @param to where its map starts, whose values are 0
   * @param kept how many dimensions are wanted
   */
  void apply(float[] vectors, int from, float[] mapped, int to, int kept) {
    matrix.addProduct(vectors, from, mapped, to, kept);
    for (int r = 0; r < kept && bias != null; r++) {
      mapped[to + r] += bias[r];
    }
    for (int r = 0; r < kept && activation != Activation.IDENTITY; r++) {
      mapped[to + r] = (float) activation.of(mapped[to + r]);
    }
    if (residualMatrix != null) {
      residualMatrix.addProduct(vectors, from, mapped, to, kept);
    } else if (residual) {
      for (int r = 0; r < kept; r++) {
        mapped[to + r] += vectors[from + r];
      }
    }
  }
}
