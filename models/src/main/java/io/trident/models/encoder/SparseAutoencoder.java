/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.config.FolderJson;
import io.trident.models.folder.ModelFolder;

/**
 * The encoding half of a sparse autoencoder: many dimensions for a dense vector, of which the
 * largest few are kept (CSR: Wen et al., ICML 2025), as Sentence Transformers has it. One pass over
 * its matrix per vector. Thread-safe.
 */
final class SparseAutoencoder {

  /** What keeps a vector of equal values from a division by 0. */
  private static final double EPSILON = 1e-5;

  private final Matrix matrix;

  /** Taken off what goes in. */
  private final float[] inputBias;

  /** Added to what comes out. */
  private final float[] outputBias;

  /** Whether what goes in is first brought to a mean of 0 and a deviation of 1. */
  private final boolean standardizes;

  private SparseAutoencoder(
      Matrix matrix, float[] inputBias, float[] outputBias, boolean standardizes) {
    this.matrix = matrix;
    this.inputBias = inputBias;
    this.outputBias = outputBias;
    this.standardizes = standardizes;
  }

  /**
   * Reads a file of safetensors with {@code encoder.weight}, {@code pre_bias} and {@code
   * latent_bias}, and the option {@code normalize} of a {@code config.json} beside it.
   *
   * @param width the dimensions that go in
   * @throws io.trident.models.api.ModelException INVALID_MODEL
   */
  static SparseAutoencoder read(ModelFolder folder, String file, int width) {
    Safetensors tensors = Safetensors.read(folder, file);
    Matrix matrix = Matrix.of(folder, file, tensors.matrix("encoder.weight"), width);
    return new SparseAutoencoder(
        matrix,
        tensors.vector("pre_bias", width),
        tensors.vector("latent_bias", matrix.dimension()),
        FolderJson.beside(folder, file).path("normalize").asBoolean());
  }

  /** The values of all dimensions, those below 0 included. */
  float[] apply(float[] vector) {
    float[] centered = standardizes ? standardized(vector) : vector.clone();
    for (int d = 0; d < centered.length; d++) {
      centered[d] -= inputBias[d];
    }
    float[] values = outputBias.clone();
    matrix.addProduct(centered, 0, values, 0, values.length);
    return values;
  }

  private static float[] standardized(float[] vector) {
    double mean = 0;
    for (float value : vector) {
      mean += value / vector.length;
    }
    double squares = 0;
    for (float value : vector) {
      squares += (value - mean) * (value - mean);
    }
    double deviation = Math.sqrt(squares / (vector.length - 1)) + EPSILON;
    float[] standardized = new float[vector.length];
    for (int d = 0; d < vector.length; d++) {
      standardized[d] = (float) ((vector[d] - mean) / deviation);
    }
    return standardized;
  }
}
