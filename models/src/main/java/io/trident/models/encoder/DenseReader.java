package io.trident.models.encoder;

import io.trident.models.api.Side;
import io.trident.models.folder.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.OnnxGraph;
import java.util.Arrays;
import java.util.List;

/**
 * Reads dense vectors: pools an output over the tokens, keeps the first dimensions, maps,
 * normalises and rounds them.
 */
final class DenseReader {

  private static final List<String> POOLED = List.of("dense", "sentence_embedding");
  private static final List<String> UNPOOLED =
      List.of("dense", "last_hidden_state", "token_embeddings");

  private final ModelConfig.Dense config;
  private final String output;
  private final int maxTokens;

  /** Dimensions that are pooled. */
  private final int pooled;

  /** What they go through; null for nothing. */
  private final LinearMap map;

  DenseReader(
      ModelFolder folder, ModelConfig.Dense config, int maxTokens, OnnxGraph graph, Side side) {
    this.config = config;
    this.maxTokens = maxTokens;
    boolean pooledInGraph = config.pooling().equals("none");
    this.output =
        config.output() == null
            ? graph.output("dense.output", pooledInGraph ? POOLED : UNPOOLED)
            : config.output();
    this.pooled = graph.dimension(output, pooledInGraph ? 2 : 3, config.dimension());
    String file = side == Side.QUERY ? config.queryMap() : config.documentMap();
    this.map = file == null ? null : LinearMap.read(folder, file, pooled);
  }

  int dimension() {
    return map == null ? pooled : map.dimension();
  }

  String output() {
    return output;
  }

  InputFormat format(Side side) {
    return InputFormat.plain(
        side == Side.QUERY ? config.queryPrefix() : config.documentPrefix(), maxTokens);
  }

  /** Reads one row of the output. */
  float[] read(OnnxGraph.Output output, int row, int tokens) {
    int width = output.width();
    output.checkShape(width >= pooled, "..., at least " + pooled);
    float[] values = output.values();
    int start = output.shape().length == 2 ? row * width : row * (int) output.shape()[1] * width;
    float[] vector =
        switch (config.pooling()) {
          case "mean" -> mean(values, start, tokens, width);
          case "last" -> first(values, start + Math.max(0, tokens - 1) * width);
          default -> first(values, start); // [CLS], or pooled in the graph
        };
    if (map != null) {
      vector = map.apply(vector);
    }
    for (float value : vector) {
      output.checkFinite(value);
    }
    if (config.normalize()) {
      Vectors.normalize(vector, 0, vector.length);
    }
    return rounded(vector);
  }

  /** As Sentence Transformers quantises embeddings, but for a scale of each vector's own. */
  private float[] rounded(float[] vector) {
    boolean binary = config.precision().equals("binary");
    float largest = 0;
    for (float value : vector) {
      largest = Math.max(largest, Math.abs(value));
    }
    if (config.precision().equals("float32") || largest == 0) {
      return vector;
    }
    float[] rounded = new float[vector.length];
    for (int d = 0; d < vector.length; d++) {
      rounded[d] = binary ? (vector[d] > 0 ? 1 : -1) : Math.round(vector[d] / largest * 127);
    }
    return rounded;
  }

  private float[] first(float[] values, int start) {
    return Arrays.copyOfRange(values, start, start + pooled);
  }

  private float[] mean(float[] values, int start, int tokens, int width) {
    float[] mean = new float[pooled];
    for (int t = 0; t < tokens; t++) {
      for (int d = 0; d < pooled; d++) {
        mean[d] += values[start + t * width + d] / tokens;
      }
    }
    return mean;
  }
}
