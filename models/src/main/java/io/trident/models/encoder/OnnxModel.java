/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.api.ModelDescription;
import io.trident.models.api.ModelException;
import io.trident.models.api.ModelKind;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.config.ModelConfig;
import io.trident.models.config.ReadFolder;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.GraphOptions;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A loaded model: its configuration, tokenizer and graph. Thread-safe until it is closed. */
public final class OnnxModel implements AutoCloseable {

  /** A longer trial could need more memory than all that the model is ever asked for. */
  private static final int LONGEST_TRIAL = 1_024;

  private final ReadFolder folder;
  private final ModelConfig config;
  private final TextTokenizer tokenizer;

  /** The graphs by their files. */
  private final Map<String, TransformerGraph> graphs;

  private final TransformerGraph decoderGraph;
  private final String sha256;
  private final ModelTask task;
  private final String fingerprint;
  private final String reducedMap;

  private OnnxModel(
      ReadFolder folder,
      ModelConfig config,
      TextTokenizer tokenizer,
      Map<String, TransformerGraph> graphs,
      TransformerGraph decoderGraph) {
    this.folder = folder;
    this.config = config;
    this.tokenizer = tokenizer;
    this.graphs = graphs;
    this.decoderGraph = decoderGraph;
    this.sha256 = folder.sha256(folder.graph());
    this.task = task();
    this.fingerprint = folder.fingerprint(); // everything has been read that outputs depend on
    this.reducedMap = ReducedMap.read(folder, task.dimensions().get(Representation.DENSE));
  }

  private ModelTask task() {
    return switch (kind()) {
      case ENCODER -> new OnnxEncoder(folder, config, tokenizer, graphs);
      case CROSS_ENCODER -> new OnnxCrossEncoder(folder, config, tokenizer, graph(), decoder());
      case QUERY_GENERATOR -> new OnnxQueryGenerator(folder, config, tokenizer, decoder());
    };
  }

  private SequenceToSequence decoder() {
    return SequenceToSequence.of(folder, config, tokenizer, graph(), decoderGraph);
  }

  private TransformerGraph graph() {
    return graphs.get(folder.graph());
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
    Set<String> graphs = encoding(folder, config);
    decoder(folder, config).ifPresent(graphs::add);
    return List.copyOf(graphs);
  }

  /** The files of the graphs that are fed with texts. */
  private static Set<String> encoding(ModelFolder folder, ModelConfig config) {
    Set<String> graphs = new LinkedHashSet<>();
    graphs.add(folder.graph());
    graphs.addAll(config.queryGraphs());
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
  public static OnnxModel load(ModelFolder files, GraphOptions options) {
    ReadFolder folder = new ReadFolder(files);
    ModelConfig config = ModelConfig.read(folder);
    List<Runnable> opened = new ArrayList<>();
    OnnxModel model = null;
    try {
      TextTokenizer tokenizer = TextTokenizer.load(folder);
      opened.add(tokenizer::close);
      Map<String, TransformerGraph> graphs = new HashMap<>();
      for (String file : encoding(folder, config)) {
        TransformerGraph graph = TransformerGraph.load(folder, file, config.inputs(), options);
        opened.add(graph::close);
        graphs.put(file, graph);
      }
      String decoder = decoder(folder, config).orElse(null);
      TransformerGraph decoderGraph = null;
      if (decoder != null) {
        decoderGraph = TransformerGraph.load(folder, decoder, null, options);
        opened.add(decoderGraph::close);
      }
      OnnxModel trying = new OnnxModel(folder, config, tokenizer, graphs, decoderGraph);
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
        task.tryOut(text);
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
    return graphs(folder).stream().mapToLong(graph -> OnnxGraph.bytes(folder, graph)).sum();
  }

  /** The model's id. */
  public String id() {
    return folder.id();
  }

  /** Whether the model is an encoder that answers without a run of its graph. */
  public boolean needsNoRun(Side side, Set<Representation> wanted) {
    return task instanceof OnnxEncoder encoder && encoder.needsNoRun(side, wanted);
  }

  /** Tokens of a text that the model has room for; no bound but for encoders, which cut texts. */
  public int documentRoom() {
    return task instanceof OnnxEncoder encoder ? encoder.documentRoom() : Integer.MAX_VALUE;
  }

  /**
   * The model as an encoder.
   *
   * @throws ModelException BAD_REQUEST when it is of another kind
   */
  public OnnxEncoder encoder() {
    return as(OnnxEncoder.class, "encodes nothing");
  }

  /**
   * The model as a cross-encoder.
   *
   * @throws ModelException BAD_REQUEST when it is of another kind
   */
  public OnnxCrossEncoder crossEncoder() {
    return as(OnnxCrossEncoder.class, "scores no pairs");
  }

  /**
   * The model as a query generator.
   *
   * @throws ModelException BAD_REQUEST when it is of another kind
   */
  public OnnxQueryGenerator queryGenerator() {
    return as(OnnxQueryGenerator.class, "predicts no queries");
  }

  private <T extends ModelTask> T as(Class<T> wanted, String lacking) {
    if (wanted.isInstance(task) == false) {
      throw new ModelException(
          ModelException.Kind.BAD_REQUEST,
          "model [" + id() + "] is of the kind [" + kind() + "] and " + lacking);
    }
    return wanted.cast(task);
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
        fingerprint,
        config.maxTokens(),
        task.representations(),
        task.dimensions(),
        kind(),
        folder.source(),
        folder.version(),
        true,
        null,
        reducedMap);
  }

  @Override
  public void close() {
    if (decoderGraph != null) {
      decoderGraph.close();
    }
    graphs.values().forEach(TransformerGraph::close);
    tokenizer.close();
  }
}
