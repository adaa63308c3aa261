package io.trident.models.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import io.trident.models.folder.ModelConfig;
import io.trident.models.folder.ModelFolder;

/**
 * A linear map of vectors, to fewer dimensions as a rule (LeanVec: Tepper et al., 2024; the last
 * layer of ColBERT; the module Dense of Sentence Transformers). Thread-safe.
 */
final class LinearMap {

  /** The weights that one value of a vector goes out with: {@code [in][out]}. */
  private final float[][] columns;

  /** Added to what comes out; null for nothing. */
  private final float[] bias;

  /** Whether what comes out goes through the hyperbolic tangent. */
  private final boolean tanh;

  private LinearMap(float[][] columns, float[] bias, boolean tanh) {
    this.columns = columns;
    this.bias = bias;
    this.tanh = tanh;
  }

  /**
   * Reads a map: a JSON array of its rows, each as long as what goes in, or a file of safetensors
   * with {@code linear.weight} and perhaps {@code linear.bias}, and a {@code config.json} beside it
   * that names the activation.
   *
   * @param width the dimensions that go in
   * @throws io.trident.models.api.ModelException INVALID_MODEL
   */
  static LinearMap read(ModelFolder folder, String file, int width) {
    if (file.endsWith(".safetensors") == false) {
      float[][] rows = ModelConfig.readJson(folder, file, float[][].class);
      return new LinearMap(columns(folder, file, rows, width), null, false);
    }
    Safetensors tensors = Safetensors.read(folder, file);
    float[][] rows = tensors.matrix("linear.weight");
    float[] bias = tensors.has("linear.bias") ? tensors.vector("linear.bias") : null;
    if (bias != null && bias.length != rows.length) {
      throw folder.invalid(
          "must have a [linear.bias] of ["
              + rows.length
              + "] in ["
              + file
              + "], got ["
              + bias.length
              + "]",
          null);
    }
    return new LinearMap(columns(folder, file, rows, width), bias, isTanh(folder, file));
  }

  private static boolean isTanh(ModelFolder folder, String file) {
    String config = file.substring(0, file.lastIndexOf('/') + 1) + "config.json";
    if (file.indexOf('/') < 0 || folder.has(config) == false) {
      return false;
    }
    String activation =
        ModelConfig.readJson(folder, config, JsonNode.class)
            .path("activation_function")
            .asText("torch.nn.modules.linear.Identity");
    if (activation.endsWith(".Identity") == false && activation.endsWith(".Tanh") == false) {
      throw folder.invalid(
          "must have an [activation_function] of Identity or Tanh in ["
              + config
              + "], got ["
              + activation
              + "]",
          null);
    }
    return activation.endsWith(".Tanh");
  }

  private static float[][] columns(ModelFolder folder, String file, float[][] rows, int width) {
    if (rows.length == 0) {
      throw folder.invalid("must have at least 1 row in [" + file + "], got [0]", null);
    }
    float[][] columns = new float[width][rows.length];
    for (int r = 0; r < rows.length; r++) {
      float[] row = rows[r];
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
      for (int d = 0; d < width; d++) {
        columns[d][r] = row[d];
      }
    }
    return columns;
  }

  /** Dimensions that come out. */
  int dimension() {
    return columns[0].length;
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
    for (int d = 0; d < columns.length; d++) {
      float value = vectors[from + d];
      float[] column = columns[d];
      for (int r = 0; r < kept; r++) { // by columns: the compiler makes SIMD of it
        mapped[to + r] += value * column[r];
      }
    }
    for (int r = 0; r < kept && bias != null; r++) {
      mapped[to + r] += bias[r];
    }
    for (int r = 0; r < kept && tanh; r++) {
      mapped[to + r] = (float) Math.tanh(mapped[to + r]);
    }
  }
}
