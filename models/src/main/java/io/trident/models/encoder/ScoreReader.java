/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.config.ModelConfig;
import io.trident.models.config.ScoreActivation;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
import java.util.Set;

/**
 * Reads scores from a cross-encoder's output: one logit, the second of two classes less the first,
 * or the token for yes less the token for no.
 */
final class ScoreReader {

  private final ScoreActivation activation;

  /** Columns of the output; -1 for those of a vocabulary. */
  private final int columns;

  private final int plus;
  private final int minus;

  ScoreReader(ModelFolder folder, ModelConfig config, TextTokenizer tokenizer, OnnxGraph graph) {
    this.activation = config.activation();
    this.columns =
        switch (config.reading()) {
          case LOGIT -> 1;
          case TWO_CLASSES -> 2;
          case YES_NO -> -1;
        };
    if (columns < 0) {
      plus = id(folder, tokenizer, "yes", config.yes());
      minus = id(folder, tokenizer, "no", config.no());
      long[] shape = graph.outputShape(config.output(), Set.of(2, 3));
      long width = shape[shape.length - 1];
      if (width != -1 && width <= Math.max(plus, minus)) {
        throw wrongColumns(folder, config, "more than " + Math.max(plus, minus), width);
      }
    } else {
      plus = columns - 1;
      minus = 0;
      long[] shape = graph.outputShape(config.output(), Set.of(1, 2));
      long found = shape.length == 1 ? 1 : shape[1];
      if (found != -1 && found != columns) {
        throw wrongColumns(folder, config, Integer.toString(columns), found);
      }
    }
  }

  /** The id of a token that a key of the configuration names. */
  static int id(ModelFolder folder, TextTokenizer tokenizer, String key, String token) {
    if (tokenizer.id(token) < 0) {
      throw folder.invalid(
          "must have the [" + key + "] in its vocabulary, got [" + token + "]", null);
    }
    return tokenizer.id(token);
  }

  private static RuntimeException wrongColumns(
      ModelFolder folder, ModelConfig config, String wanted, long found) {
    return folder.invalid(
        "must have an output ["
            + config.output()
            + "] with ["
            + wanted
            + "] columns for the reading ["
            + config.reading()
            + "], got ["
            + found
            + "]",
        null);
  }

  /**
   * Reads one row of the output.
   *
   * @param tokens tokens of the row, or of its decoder
   */
  float read(OnnxGraph.Output output, int row, int tokens) {
    long[] shape = output.shape();
    int width = shape.length == 1 ? 1 : output.width();
    if (columns > 0) {
      output.checkShape(width == columns, "batch, " + columns);
    } else {
      output.checkShape(width > Math.max(plus, minus), "..., vocabulary");
    }
    int start = shape.length == 3 ? (row * (int) shape[1] + tokens - 1) * width : row * width;
    float[] values = output.values();
    float logit = values[start + plus] - (plus == minus ? 0 : values[start + minus]);
    output.checkFinite(logit);
    return switch (activation) {
      case NONE -> logit;
      case SIGMOID -> (float) (1 / (1 + Math.exp(-logit)));
    };
  }
}
