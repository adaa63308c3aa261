package io.trident.models.encoder;

import io.trident.models.api.ModelDescription;
import io.trident.models.api.Representation;
import io.trident.models.folder.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
import java.util.Map;
import java.util.Set;

/** A loaded model: its configuration, tokenizer and graph. Thread-safe until it is closed. */
public final class OnnxModel implements AutoCloseable {

  private final ModelFolder folder;
  private final ModelConfig config;
  private final TextTokenizer tokenizer;
  private final OnnxGraph graph;
  private final String sha256;
  private final OnnxEncoder encoder;
  private final OnnxCrossEncoder crossEncoder;

  private OnnxModel(
      ModelFolder folder, ModelConfig config, TextTokenizer tokenizer, byte[] graph, int threads) {
    this.folder = folder;
    this.config = config;
    this.tokenizer = tokenizer;
    this.sha256 = ModelFolder.sha256(graph);
    this.graph = OnnxGraph.load(folder, graph, config.inputs(), threads);
    boolean complete = false;
    try {
      boolean pairs = config.kind().equals("cross_encoder");
      this.crossEncoder =
          pairs ? new OnnxCrossEncoder(folder, config, tokenizer, this.graph) : null;
      this.encoder = pairs ? null : new OnnxEncoder(folder, config, tokenizer, this.graph);
      complete = true;
    } finally {
      if (complete == false) {
        this.graph.close();
      }
    }
  }

  /**
   * Loads a model.
   *
   * @param threads how many threads one run of its graph may use
   * @throws io.trident.models.api.ModelException INVALID_MODEL, saying what is wrong with which
   *     file
   */
  public static OnnxModel load(ModelFolder folder, int threads) {
    ModelConfig config = ModelConfig.read(folder);
    byte[] graph = folder.read(ModelFolder.GRAPH);
    TextTokenizer tokenizer = TextTokenizer.load(folder);
    OnnxModel model = null;
    try {
      model = new OnnxModel(folder, config, tokenizer, graph, threads);
      return model;
    } finally {
      if (model == null) {
        tokenizer.close();
      }
    }
  }

  /** The encoder, or null when the model is a cross-encoder. */
  public OnnxEncoder encoder() {
    return encoder;
  }

  /** The cross-encoder, or null when the model is an encoder. */
  public OnnxCrossEncoder crossEncoder() {
    return crossEncoder;
  }

  /** The tokenizer. */
  public TextTokenizer tokenizer() {
    return tokenizer;
  }

  /** What the model can do. */
  public ModelDescription describe() {
    return new ModelDescription(
        folder.id(),
        config.description(),
        config.license(),
        sha256,
        config.maxTokens(),
        encoder == null ? Set.<Representation>of() : encoder.representations(),
        encoder == null ? Map.<Representation, Integer>of() : encoder.dimensions(),
        crossEncoder != null,
        null);
  }

  @Override
  public void close() {
    graph.close();
    tokenizer.close();
  }
}
