package io.trident.models.encoder;

import io.trident.models.api.SparseVector;
import io.trident.models.folder.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
import io.trident.models.tokenizer.TokenizedText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads sparse vectors from a graph's output (SPLADE: Formal et al., SIGIR 2021; token weights as
 * DeepImpact and uniCOIL have them), or queries from a table of weights without any inference.
 */
final class SparseReader {

  private final ModelConfig.Sparse config;
  private final TextTokenizer tokenizer;
  private final Map<String, Float> queryWeights;

  SparseReader(
      ModelFolder folder, ModelConfig.Sparse config, TextTokenizer tokenizer, OnnxGraph graph) {
    this.config = config;
    this.tokenizer = tokenizer;
    graph.outputShape(
        config.output(),
        switch (config.reading()) {
          case "vocabulary" -> Set.of(2);
          case "token_weights" -> Set.of(2, 3);
          default -> Set.of(3);
        });
    this.queryWeights = config.query() == null ? null : readWeights(folder, config.query().file());
  }

  private static Map<String, Float> readWeights(ModelFolder folder, String file) {
    Map<String, Float> weights = new HashMap<>();
    Map<?, ?> table = ModelConfig.readJson(folder, file, Map.class);
    table.forEach(
        (token, weight) -> {
          if (weight instanceof Number == false) {
            throw folder.invalid(
                "must have a number for token ["
                    + token
                    + "] in ["
                    + file
                    + "], got ["
                    + weight
                    + "]",
                null);
          }
          weights.put((String) token, ((Number) weight).floatValue());
        });
    return weights;
  }

  /** Whether an output is a row of the vocabulary for every token. */
  boolean readsLogits() {
    return config.reading().endsWith("_logits");
  }

  /** Whether queries need no inference. */
  boolean readsQueriesAlone() {
    return queryWeights != null;
  }

  /**
   * The distinct tokens of a query with their weights; tokens without a positive one are dropped.
   */
  SparseVector query(TokenizedText text) {
    Map<String, Float> weights = new TreeMap<>();
    for (long id : text.ids()) {
      String token = tokenizer.token((int) id);
      float weight = token == null ? 0 : queryWeights.getOrDefault(token, 0f);
      if (weight > 0) {
        weights.put(token, weight);
      }
    }
    return vector(weights);
  }

  /** Reads one row of an output. */
  SparseVector read(OnnxGraph.Output output, int row, long[] ids) {
    Map<Integer, Float> weights =
        switch (config.reading()) {
          case "vocabulary" -> fromVocabulary(output, row);
          case "token_weights" -> fromTokens(output, row, ids);
          default -> fromLogits(output, row, ids.length);
        };
    List<Map.Entry<Integer, Float>> kept = new ArrayList<>(weights.entrySet());
    kept.removeIf(entry -> entry.getValue() > config.threshold() == false);
    kept.sort(
        Comparator.comparingDouble((Map.Entry<Integer, Float> entry) -> -entry.getValue())
            .thenComparing(Map.Entry::getKey));
    Map<String, Float> tokens = new TreeMap<>();
    for (Map.Entry<Integer, Float> entry : kept.subList(0, Math.min(config.topK(), kept.size()))) {
      String token = tokenizer.token(entry.getKey());
      if (token != null) {
        tokens.put(token, entry.getValue());
      }
    }
    return vector(tokens);
  }

  private static SparseVector vector(Map<String, Float> weights) {
    float[] floats = new float[weights.size()];
    int i = 0;
    for (float weight : weights.values()) {
      floats[i++] = weight;
    }
    return new SparseVector(List.copyOf(weights.keySet()), floats);
  }

  private Map<Integer, Float> fromVocabulary(OnnxGraph.Output output, int row) {
    int width = (int) output.shape()[1];
    Map<Integer, Float> weights = new HashMap<>();
    for (int v = 0; v < width; v++) {
      float weight = output.values()[row * width + v];
      if (weight > 0) {
        weights.put(v, weight);
      }
    }
    return weights;
  }

  private Map<Integer, Float> fromTokens(OnnxGraph.Output output, int row, long[] ids) {
    int length = (int) output.shape()[1];
    int first = tokenizer.single().before().length;
    int end = ids.length - tokenizer.single().after().length;
    Map<Integer, Float> weights = new HashMap<>();
    for (int t = first; t < end; t++) {
      float weight = output.values()[row * length + t];
      if (weight > 0) {
        weights.merge((int) ids[t], weight, Math::max);
      }
    }
    return weights;
  }

  private Map<Integer, Float> fromLogits(OnnxGraph.Output output, int row, int tokens) {
    int length = (int) output.shape()[1];
    int width = (int) output.shape()[2];
    boolean sums = config.reading().equals("sum_logits");
    double[] pooled = new double[width];
    for (int t = 0; t < tokens; t++) {
      int start = (row * length + t) * width;
      for (int v = 0; v < width; v++) {
        float logit = output.values()[start + v];
        if (logit > 0) {
          double weight = Math.log1p(logit);
          pooled[v] = sums ? pooled[v] + weight : Math.max(pooled[v], weight);
        }
      }
    }
    Map<Integer, Float> weights = new HashMap<>();
    for (int v = 0; v < width; v++) {
      if (pooled[v] > 0) {
        weights.put(v, (float) pooled[v]);
      }
    }
    return weights;
  }
}
