/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.api.Side;
import io.trident.models.api.SparseVector;
import io.trident.models.config.ModelConfig;
import io.trident.models.config.SparseReading;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Reads sparse vectors from a graph's output: SPLADE (Formal et al., SIGIR 2021), weights of tokens
 * as uniCOIL (Lin and Ma, 2021) and of words as DeepImpact (Mallia et al., SIGIR 2021) has them,
 * the dimensions of a sparse autoencoder (CSR: Wen et al., ICML 2025), and decoders that read the
 * text twice (Mistral-SPLADE: Doshi et al., 2024).
 */
final class SparseReader {

  /** Floats of whole logits in one run at most, unless one text has more: 16 MiB of heap. */
  private static final int LOGITS = 1 << 22;

  /** Floats of whole logits of one text at most: 256 MiB of heap. */
  private static final long MAX_LOGITS = 1L << 26;

  private final ModelConfig.Sparse config;
  private final int maxTokens;
  private final TextTokenizer tokenizer;
  private final Terms terms;

  /** Reads what the autoencoder is given; null when there is none. */
  private final DenseReader dense;

  private final SparseAutoencoder autoencoder;

  SparseReader(
      ModelFolder folder,
      ModelConfig.Sparse config,
      int maxTokens,
      TextTokenizer tokenizer,
      OnnxGraph graph,
      Side side) {
    this.config = config;
    this.maxTokens = maxTokens;
    this.tokenizer = tokenizer;
    this.terms = Terms.of(folder, tokenizer, config.reading() == SparseReading.WORD_WEIGHTS);
    if (config.autoencoder() == null) {
      this.dense = null;
      this.autoencoder = null;
    } else {
      this.dense = new DenseReader(folder, config.dense(), maxTokens, tokenizer, graph, side);
      this.autoencoder = SparseAutoencoder.read(folder, config.autoencoder(), dense.dimension());
    }
    checkOutput(folder, graph);
  }

  private void checkOutput(ModelFolder folder, OnnxGraph graph) {
    switch (config.reading()) {
      case VOCABULARY, DIMENSIONS -> graph.outputShape(config.output(), Set.of(2));
      case TOKEN_WEIGHTS, WORD_WEIGHTS ->
          checkWeights(folder, graph.outputShape(config.output(), Set.of(2, 3)));
      case MAX_LOGITS, SUM_LOGITS ->
          checkLogits(folder, graph.outputShape(config.output(), Set.of(3)));
      case AUTOENCODER -> {} // what reads the dense vector has done so
    }
  }

  private void checkWeights(ModelFolder folder, long[] shape) {
    if (shape.length == 3 && shape[2] > 1) {
      throw folder.invalid(
          "must have an output ["
              + config.output()
              + "] with [1] weight per token for the reading ["
              + config.reading()
              + "], got ["
              + shape[2]
              + "]",
          null);
    }
  }

  private void checkLogits(ModelFolder folder, long[] shape) {
    long width = shape[2] < 0 ? tokenizer.size() : shape[2];
    if (width > MAX_LOGITS / maxTokens) {
      throw folder.invalid(
          "must pool the logits in its graph or take fewer tokens: ["
              + maxTokens
              + "] tokens of ["
              + width
              + "] logits are more than ["
              + MAX_LOGITS
              + "]",
          null);
    }
  }

  String output() {
    return dense == null ? config.output() : dense.output();
  }

  InputFormat format() {
    if (dense != null) {
      return dense.format();
    }
    return config.echo() ? InputFormat.echo(maxTokens) : InputFormat.plain("", maxTokens);
  }

  /** How many tokens one run should take: graphs that give whole logits are memory-hungry. */
  int tokensPerRun() {
    return switch (config.reading()) {
      case MAX_LOGITS, SUM_LOGITS ->
          Math.min(Batch.TOKENS_PER_RUN, LOGITS / Math.max(1, tokenizer.size()));
      case TOKEN_WEIGHTS, WORD_WEIGHTS, VOCABULARY, DIMENSIONS, AUTOENCODER -> Batch.TOKENS_PER_RUN;
    };
  }

  /** What gets weights. */
  Terms terms() {
    return terms;
  }

  /** Reads one row of an output. */
  SparseVector read(OnnxGraph.Output output, int row, InputRow input) {
    return switch (config.reading()) {
      case VOCABULARY, DIMENSIONS ->
          heaviest(output, output.values(), row * output.width(), output.width());
      case AUTOENCODER -> {
        float[] values = autoencoder.apply(dense.read(output, row, input.row().length()));
        yield heaviest(output, values, 0, values.length);
      }
      case TOKEN_WEIGHTS, WORD_WEIGHTS -> heaviest(fromTerms(output, row, input));
      case MAX_LOGITS -> heaviest(output, maxLogits(output, row, input), 0, output.width());
      case SUM_LOGITS -> heaviest(output, sumLogits(output, row, input), 0, output.width());
    };
  }

  /** Most columns of a pooled output weigh nothing: they cost one comparison each. */
  private SparseVector heaviest(OnnxGraph.Output output, float[] columns, int from, int width) {
    float threshold = config.threshold();
    Map<String, Float> weights = new LinkedHashMap<>();
    for (int v = 0; v < width; v++) {
      float weight = columns[from + v];
      if (weight <= threshold) {
        continue;
      }
      checkWeight(output, weight); // also what is no number, which no comparison holds for
      String token = name(v);
      if (token != null) {
        weights.put(token, weight);
      }
    }
    return heaviest(weights);
  }

  /** The token of a column; null for one beyond the vocabulary, or that may have no weight. */
  private String name(int column) {
    if (config.reading().namesTokens() == false) {
      return Integer.toString(column);
    }
    return config.specialTokens() || tokenizer.isSpecial(column) == false
        ? tokenizer.token(column)
        : null;
  }

  /** The terms above the threshold that weigh most; of equal ones, those that come first. */
  private SparseVector heaviest(Map<String, Float> weights) {
    List<Map.Entry<String, Float>> kept = new ArrayList<>(weights.entrySet());
    kept.removeIf(entry -> entry.getValue() <= config.threshold());
    if (kept.size() > config.topK()) {
      kept.sort(Map.Entry.<String, Float>comparingByValue().reversed());
    }
    Map<String, Float> heaviest = new HashMap<>();
    for (Map.Entry<String, Float> entry : kept.subList(0, Math.min(config.topK(), kept.size()))) {
      heaviest.put(entry.getKey(), entry.getValue());
    }
    return SparseVector.of(heaviest);
  }

  /** The largest weight of each term of the text, that of its first token. */
  private Map<String, Float> fromTerms(OnnxGraph.Output output, int row, InputRow input) {
    int length = (int) output.shape()[1];
    output.checkShape(output.shape().length == 2 || output.width() == 1, "batch, tokens, 1");
    output.checkShape(length >= input.row().length(), "batch, at least " + input.row().length());
    Map<String, Float> weights = new LinkedHashMap<>();
    for (Terms.Term term : terms.of(input.text())) {
      float weight = output.values()[row * length + input.first() + term.place()];
      checkWeight(output, weight);
      weights.merge(term.text(), weight, Math::max);
    }
    return weights;
  }

  /** The largest of the saturated logits above 0. */
  private float[] maxLogits(OnnxGraph.Output output, int row, InputRow input) {
    float[] pooled = new float[output.width()];
    for (int start : starts(output, row, input)) {
      max(output.values(), start, pooled);
    }
    for (int v = 0; v < pooled.length; v++) {
      pooled[v] = saturate(pooled[v]); // grows with the logit, so once is enough
    }
    return pooled;
  }

  /** The sum of the saturated logits above 0. */
  private float[] sumLogits(OnnxGraph.Output output, int row, InputRow input) {
    float[] pooled = new float[output.width()];
    for (int start : starts(output, row, input)) {
      sum(output, start, pooled);
    }
    return pooled;
  }

  /** Where each token's logits start, of all tokens of the input or of its second copy. */
  private int[] starts(OnnxGraph.Output output, int row, InputRow input) {
    int first = config.echo() ? input.first() : 0;
    int end = config.echo() ? first + input.text().length() : input.row().length();
    int place = row * (int) output.shape()[1];
    return IntStream.range(first, end).map(t -> (place + t) * output.width()).toArray();
  }

  /** What is no number stays none, and is found later; without a branch, for many at once. */
  private static void max(float[] logits, int start, float[] pooled) {
    for (int v = 0; v < pooled.length; v++) {
      pooled[v] = Math.max(pooled[v], logits[start + v]);
    }
  }

  private void sum(OnnxGraph.Output output, int start, float[] pooled) {
    for (int v = 0; v < pooled.length; v++) {
      float logit = output.values()[start + v];
      if (logit > 0) {
        pooled[v] += saturate(logit);
      } else {
        checkWeight(output, logit);
      }
    }
  }

  private float saturate(float weight) {
    double once = Math.log1p(weight);
    return switch (config.saturation()) {
      case LOG -> (float) once;
      case LOG_LOG -> (float) Math.log1p(once);
    };
  }

  /** Minus infinity is how graphs mask a token of the vocabulary, and counts as no weight. */
  private static void checkWeight(OnnxGraph.Output output, float weight) {
    if (weight != Float.NEGATIVE_INFINITY) {
      output.checkFinite(weight);
    }
  }
}
