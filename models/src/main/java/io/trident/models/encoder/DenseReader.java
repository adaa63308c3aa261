/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.api.Side;
import io.trident.models.config.ModelConfig;
import io.trident.models.config.Pooling;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
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

  /** What they go through. */
  private final Layers layers;

  private final String prefix;

  /** Tokens at the start that are not pooled. */
  private final int skipped;

  DenseReader(
      ModelFolder folder,
      ModelConfig.Dense config,
      int maxTokens,
      TextTokenizer tokenizer,
      OnnxGraph graph,
      Side side) {
    this.config = config;
    this.maxTokens = maxTokens;
    this.prefix = side == Side.QUERY ? config.queryPrefix() : config.documentPrefix();
    this.skipped = config.poolPrefix() || prefix.isEmpty() ? 0 : prefixed(tokenizer);
    boolean pooledInGraph = config.pooling() == Pooling.NONE;
    this.output =
        config.output() == null
            ? graph.output("dense.output", pooledInGraph ? POOLED : UNPOOLED)
            : config.output();
    this.pooled = graph.dimension(output, pooledInGraph ? 2 : 3, config.dimension());
    this.layers =
        Layers.read(folder, side == Side.QUERY ? config.queryMap() : config.documentMap(), pooled);
  }

  /** As Sentence Transformers has it, the sign before the prefix is part of it. */
  private int prefixed(TextTokenizer tokenizer) {
    return tokenizer.single().before().length + tokenizer.tokenize(prefix).length();
  }

  int dimension() {
    return layers.dimension();
  }

  String output() {
    return output;
  }

  InputFormat format() {
    return InputFormat.plain(prefix, maxTokens);
  }

  /** Reads one row of the output. */
  float[] read(OnnxGraph.Output output, int row, int tokens) {
    int width = output.width();
    output.checkShape(width >= pooled, "..., at least " + pooled);
    float[] values = output.values();
    int start = output.shape().length == 2 ? row * width : row * (int) output.shape()[1] * width;
    float[] vector =
        switch (config.pooling()) {
          case CLS, NONE -> first(values, start);
          case MEAN -> mean(values, start, tokens, width);
          case LAST -> first(values, start + Math.max(0, tokens - 1) * width);
        };
    vector = layers.apply(vector);
    for (float value : vector) {
      output.checkFinite(value);
    }
    if (config.normalize()) {
      Vectors.normalize(vector, 0, vector.length);
    }
    round(vector);
    return vector;
  }

  /** As Sentence Transformers quantises embeddings, but for a scale of each vector's own. */
  private void round(float[] vector) {
    float largest = 0;
    for (float value : vector) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int d = 0; largest > 0 && d < vector.length; d++) {
      vector[d] =
          switch (config.precision()) {
            case FLOAT32 -> vector[d];
            case INT8 -> Math.round(vector[d] / largest * 127);
            case BINARY -> vector[d] > 0 ? 1 : -1;
          };
    }
  }

  private float[] first(float[] values, int start) {
    return Arrays.copyOfRange(values, start, start + pooled);
  }

  private float[] mean(float[] values, int start, int tokens, int width) {
    float[] mean = new float[pooled];
    for (int t = skipped; t < tokens; t++) {
      for (int d = 0; d < pooled; d++) {
        mean[d] += values[start + t * width + d] / (tokens - skipped);
      }
    }
    return mean;
  }
}
