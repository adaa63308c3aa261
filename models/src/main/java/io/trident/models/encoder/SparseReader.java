package io.trident.models.encoder;

import io.trident.models.api.SparseVector;
import io.trident.models.folder.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
import io.trident.models.tokenizer.TokenizedText;
import java.util.ArrayList;
import java.util.Arrays;
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

  /** Floats of whole logits in one run at most: 64 MiB. */
  private static final int LOGITS = 1 << 24;

  private final ModelConfig.Sparse config;
  private final int maxTokens;
  private final TextTokenizer tokenizer;
  private final Map<String, Float> queryWeights;

  SparseReader(
      ModelFolder folder,
      ModelConfig.Sparse config,
      int maxTokens,
      TextTokenizer tokenizer,
      OnnxGraph graph) {
    this.config = config;
    this.maxTokens = maxTokens;
    this.tokenizer = tokenizer;
    long[] shape =
        graph.outputShape(
            config.output(),
            switch (config.reading()) {
              case "vocabulary" -> Set.of(2);
              case "token_weights" -> Set.of(2, 3);
              default -> Set.of(3);
            });
    if (config.reading().equals("token_weights") && shape.length == 3 && shape[2] > 1) {
      throw folder.invalid(
          "must have an output ["
              + config.output()
              + "] with [1] weight a token for the reading [token_weights], got ["
              + shape[2]
              + "]",
          null);
    }
    this.queryWeights = config.query() == null ? null : readWeights(folder, config.query().file());
  }

  private static Map<String, Float> readWeights(ModelFolder folder, String file) {
    Map<String, Float> weights = new HashMap<>();
    Map<?, ?> table = ModelConfig.readJson(folder, file, Map.class);
    table.forEach(
        (token, weight) -> {
          if (weight instanceof Number == false
              || Float.isFinite(((Number) weight).floatValue()) == false) {
            throw folder.invalid(
                "must have a finite number for token ["
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

  String output() {
    return config.output();
  }

  InputFormat format() {
    return InputFormat.plain("", maxTokens);
  }

  /** How many tokens one run should take: graphs that give whole logits are memory-hungry. */
  int tokensPerRun() {
    return config.reading().endsWith("_logits")
        ? Math.min(Batch.TOKENS_PER_RUN, LOGITS / Math.max(1, tokenizer.size()))
        : Batch.TOKENS_PER_RUN;
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
    float[] weights =
        switch (config.reading()) {
          case "vocabulary" -> fromVocabulary(output, row);
          case "token_weights" -> fromTokens(output, row, ids);
          default -> fromLogits(output, row, ids.length);
        };
    List<Integer> kept = new ArrayList<>();
    for (int v = 0; v < weights.length; v++) {
      checkWeight(output, weights[v]);
      if (weights[v] > config.threshold()) {
        kept.add(v);
      }
    }
    kept.sort(Comparator.comparingDouble((Integer v) -> -weights[v]).thenComparing(v -> v));
    Map<String, Float> tokens = new TreeMap<>();
    for (int v : kept.subList(0, Math.min(config.topK(), kept.size()))) {
      String token = tokenizer.token(v);
      if (token != null) {
        tokens.put(token, weights[v]);
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

  /** The pooled output of the graph: a weight for every token of the vocabulary. */
  private static float[] fromVocabulary(OnnxGraph.Output output, int row) {
    int width = output.width();
    return Arrays.copyOfRange(output.values(), row * width, (row + 1) * width);
  }

  /** The largest weight of each token of the text, without those around it. */
  private float[] fromTokens(OnnxGraph.Output output, int row, long[] ids) {
    int length = (int) output.shape()[1];
    output.checkShape(output.shape().length == 2 || output.width() == 1, "batch, tokens, 1");
    int end = ids.length - tokenizer.single().after().length;
    float[] weights = new float[tokenizer.size()];
    for (int t = tokenizer.single().before().length; t < end; t++) {
      float weight = output.values()[row * length + t];
      checkWeight(output, weight);
      weights[(int) ids[t]] = Math.max(weights[(int) ids[t]], weight);
    }
    return weights;
  }

  /** The saturated logits above 0, pooled over all tokens of the input. */
  private float[] fromLogits(OnnxGraph.Output output, int row, int tokens) {
    int length = (int) output.shape()[1];
    int width = output.width();
    boolean sums = config.reading().equals("sum_logits");
    boolean twice = config.saturation().equals("log_log");
    float[] pooled = new float[width];
    for (int t = 0; t < tokens; t++) {
      int start = (row * length + t) * width;
      for (int v = 0; v < width; v++) {
        float logit = output.values()[start + v];
        if (logit > 0) {
          pooled[v] = sums ? pooled[v] + saturate(logit, twice) : Math.max(pooled[v], logit);
        } else {
          checkWeight(output, logit);
        }
      }
    }
    if (sums == false) {
      for (int v = 0; v < width; v++) {
        pooled[v] = saturate(pooled[v], twice); // grows with the logit, so once is enough
      }
    }
    return pooled;
  }

  private static float saturate(float weight, boolean twice) {
    double once = Math.log1p(weight);
    return (float) (twice ? Math.log1p(once) : once);
  }

  /** Minus infinity is how graphs mask a token of the vocabulary, and counts as no weight. */
  private static void checkWeight(OnnxGraph.Output output, float weight) {
    if (weight != Float.NEGATIVE_INFINITY) {
      output.checkFinite(weight);
    }
  }
}
