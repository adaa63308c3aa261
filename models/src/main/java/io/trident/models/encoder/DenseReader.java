package io.trident.models.encoder;

import io.trident.models.api.Side;
import io.trident.models.folder.ModelConfig;
import io.trident.models.onnx.OnnxGraph;
import java.util.Arrays;
import java.util.List;

/** Reads dense vectors: pools an output over the tokens, keeps the first dimensions, normalises. */
final class DenseReader {

  private static final List<String> POOLED = List.of("dense", "sentence_embedding");
  private static final List<String> UNPOOLED =
      List.of("dense", "last_hidden_state", "token_embeddings");

  private final ModelConfig.Dense config;
  private final String output;
  private final int maxTokens;
  private final int dimension;

  DenseReader(ModelConfig.Dense config, int maxTokens, OnnxGraph graph) {
    this.config = config;
    this.maxTokens = maxTokens;
    boolean pooled = config.pooling().equals("none");
    this.output =
        config.output() == null
            ? graph.output("dense.output", pooled ? POOLED : UNPOOLED)
            : config.output();
    this.dimension = graph.dimension(output, pooled ? 2 : 3, config.dimension());
  }

  int dimension() {
    return dimension;
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
    output.checkShape(width >= dimension, "..., at least " + dimension);
    float[] values = output.values();
    int start = output.shape().length == 2 ? row * width : row * (int) output.shape()[1] * width;
    float[] vector =
        switch (config.pooling()) {
          case "mean" -> mean(values, start, tokens, width);
          case "last" -> first(values, start + Math.max(0, tokens - 1) * width);
          default -> first(values, start); // [CLS], or pooled in the graph
        };
    for (float value : vector) {
      output.checkFinite(value);
    }
    if (config.normalize()) {
      Vectors.normalize(vector, 0, dimension);
    }
    return vector;
  }

  private float[] first(float[] values, int start) {
    return Arrays.copyOfRange(values, start, start + dimension);
  }

  private float[] mean(float[] values, int start, int tokens, int width) {
    float[] mean = new float[dimension];
    for (int t = 0; t < tokens; t++) {
      for (int d = 0; d < dimension; d++) {
        mean[d] += values[start + t * width + d] / tokens;
      }
    }
    return mean;
  }
}
