package io.trident.models.encoder;

import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.ModelKind;
import io.trident.models.api.QueryPrediction;
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
import java.util.Optional;
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
  private final OnnxGraph decoderGraph;
  private final String sha256;
  private final OnnxEncoder encoder;
  private final OnnxCrossEncoder crossEncoder;
  private final OnnxQueryGenerator queryGenerator;

  private OnnxModel(
      ModelFolder folder,
      ModelConfig config,
      TextTokenizer tokenizer,
      OnnxGraph graph,
      OnnxGraph queryGraph,
      OnnxGraph decoderGraph) {
    this.folder = folder;
    this.config = config;
    this.tokenizer = tokenizer;
    this.graph = graph;
    this.queryGraph = queryGraph;
    this.decoderGraph = decoderGraph;
    this.sha256 = folder.sha256(folder.graph());
    ModelKind kind = kind();
    SequenceToSequence decoder =
        kind == ModelKind.ENCODER
            ? null
            : SequenceToSequence.of(folder, config, tokenizer, graph, decoderGraph);
    this.crossEncoder =
        kind == ModelKind.CROSS_ENCODER
            ? new OnnxCrossEncoder(folder, config, tokenizer, graph, decoder)
            : null;
    this.queryGenerator =
        kind == ModelKind.QUERY_GENERATOR
            ? new OnnxQueryGenerator(folder, config, tokenizer, decoder)
            : null;
    this.encoder =
        kind == ModelKind.ENCODER
            ? new OnnxEncoder(folder, config, tokenizer, graph, queryGraph)
            : null;
  }

  /** What the model is for. */
  public ModelKind kind() {
    return config.kind();
  }

  /**
   * The files of the graphs that a model runs, the first of them its main one.
   *
   * @throws io.trident.models.api.ModelException INVALID_MODEL when its configuration is malformed
   */
  public static List<String> graphs(ModelFolder folder) {
    ModelConfig config = ModelConfig.read(folder);
    List<String> graphs = new ArrayList<>();
    graphs.add(folder.graph());
    if (config.queryGraph() != null) {
      graphs.add(config.queryGraph());
    }
    decoder(folder, config).ifPresent(graphs::add);
    return graphs;
  }

  private static Optional<String> decoder(ModelFolder folder, ModelConfig config) {
    return config.kind() == ModelKind.ENCODER ? Optional.empty() : folder.decoder();
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
      String decoder = decoder(folder, config).orElse(null);
      OnnxGraph decoderGraph = null;
      if (decoder != null) {
        decoderGraph = OnnxGraph.load(folder, decoder, null, options);
        opened.add(decoderGraph::close);
      }
      OnnxModel trying = new OnnxModel(folder, config, tokenizer, graph, queryGraph, decoderGraph);
      trying.tryOut();
      model = trying;
      return model;
    } catch (ModelException e) {
      throw e;
    } catch (RuntimeException e) {
      throw folder.invalid("cannot be loaded: " + e, e); // files that nobody thought of
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
        tryOut(text);
      } catch (ModelException e) {
        throw folder.invalid(
            "cannot be run on inputs of up to [" + longest + "] tokens: " + e.getMessage(), e);
      }
    }
  }

  private void tryOut(String text) {
    switch (kind()) {
      case CROSS_ENCODER ->
          crossEncoder.score(List.of(new OnnxCrossEncoder.Pair("a", text)), RunListener.NONE);
      case QUERY_GENERATOR ->
          queryGenerator.predict(List.of(text), new QueryPrediction(2, 2, 2, 0), RunListener.NONE);
      case ENCODER -> {
        for (Side side : Side.values()) {
          encoder.encode(List.of(text), side, encoder.representations(), RunListener.NONE);
        }
      }
    }
  }

  /**
   * Bytes of a model's graphs, and of the weights beside them: what it takes in native memory, but
   * for what its runs need.
   */
  public static long graphBytes(ModelFolder folder) {
    return graphs(folder).stream().mapToLong(graph -> OnnxGraph.bytes(folder, graph)).sum();
  }

  /** The model's id. */
  public String id() {
    return folder.id();
  }

  /** The encoder, or null when the model is of another kind. */
  public OnnxEncoder encoder() {
    return encoder;
  }

  /** The cross-encoder, or null when the model is of another kind. */
  public OnnxCrossEncoder crossEncoder() {
    return crossEncoder;
  }

  /** The query generator, or null when the model is of another kind. */
  public OnnxQueryGenerator queryGenerator() {
    return queryGenerator;
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
        kind(),
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
    if (decoderGraph != null) {
      decoderGraph.close();
    }
    graph.close();
    tokenizer.close();
  }
}
