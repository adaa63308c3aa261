package io.trident.models.encoder;

import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.folder.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.GraphOptions;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A loaded model: its configuration, tokenizer and graph. Thread-safe until it is closed. */
public final class OnnxModel implements AutoCloseable {

  /** A longer trial could need more memory than all that the model is ever asked for. */
  private static final int LONGEST_TRIAL = 1_024;

  private final ModelFolder folder;
  private final ModelConfig config;
  private final TextTokenizer tokenizer;
  private final OnnxGraph graph;
  private final OnnxGraph queryGraph;
  private final String sha256;
  private final OnnxEncoder encoder;
  private final OnnxCrossEncoder crossEncoder;

  private OnnxModel(
      ModelFolder folder,
      ModelConfig config,
      TextTokenizer tokenizer,
      OnnxGraph graph,
      OnnxGraph queryGraph) {
    this.folder = folder;
    this.config = config;
    this.tokenizer = tokenizer;
    this.graph = graph;
    this.queryGraph = queryGraph;
    this.sha256 = folder.sha256(folder.graph());
    boolean pairs = config.kind().equals("cross_encoder");
    this.crossEncoder = pairs ? new OnnxCrossEncoder(folder, config, tokenizer, graph) : null;
    this.encoder = pairs ? null : new OnnxEncoder(folder, config, tokenizer, graph, queryGraph);
  }

  /**
   * Loads a model, to be run on the processor.
   *
   * @param threads how many threads one run of its graph may use
   * @throws io.trident.models.api.ModelException INVALID_MODEL
   */
  public static OnnxModel load(ModelFolder folder, int threads) {
    return load(folder, GraphOptions.onCpu(threads));
  }

  /**
   * Loads a model.
   *
   * @throws io.trident.models.api.ModelException INVALID_MODEL, saying what is wrong with which
   *     file
   */
  public static OnnxModel load(ModelFolder folder, GraphOptions options) {
    ModelConfig config = ModelConfig.read(folder);
    List<Runnable> opened = new ArrayList<>();
    OnnxModel model = null;
    try {
      TextTokenizer tokenizer = TextTokenizer.load(folder);
      opened.add(tokenizer::close);
      OnnxGraph graph = OnnxGraph.load(folder, folder.graph(), config.inputs(), options);
      opened.add(graph::close);
      OnnxGraph queryGraph = graph;
      if (config.queryGraph() != null) {
        queryGraph = OnnxGraph.load(folder, config.queryGraph(), config.inputs(), options);
        opened.add(queryGraph::close);
      }
      OnnxModel trying = new OnnxModel(folder, config, tokenizer, graph, queryGraph);
      trying.tryOut();
      model = trying;
      return model;
    } finally {
      if (model == null) {
        opened.forEach(Runnable::run);
      }
    }
  }

  /**
   * Runs the model on a short and a long text: what the graph says of itself leaves much open, the
   * longest input and the size of the vocabulary first of all.
   */
  private void tryOut() {
    int longest = Math.min(config.maxTokens(), LONGEST_TRIAL);
    for (String text : List.of("a", "a ".repeat(longest))) {
      try {
        if (encoder == null) {
          crossEncoder.score(List.of(new OnnxCrossEncoder.Pair("a", text)), RunListener.NONE);
        } else {
          for (Side side : Side.values()) {
            encoder.encode(List.of(text), side, encoder.representations(), RunListener.NONE);
          }
        }
      } catch (ModelException e) {
        throw folder.invalid(
            "cannot be run on inputs of up to [" + longest + "] tokens: " + e.getMessage(), e);
      }
    }
  }

  /**
   * Bytes of a model's graphs, and of the weights beside them: what it takes in native memory, but
   * for what its runs need.
   */
  public static long graphBytes(ModelFolder folder) {
    String queryGraph = ModelConfig.read(folder).queryGraph();
    long bytes = folder.bytes(folder.graph());
    return queryGraph == null ? bytes : bytes + folder.bytes(queryGraph);
  }

  /** The model's id. */
  public String id() {
    return folder.id();
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
        folder.source(),
        folder.version(),
        true,
        null);
  }

  @Override
  public void close() {
    if (queryGraph != graph) {
      queryGraph.close();
    }
    graph.close();
    tokenizer.close();
  }
}
