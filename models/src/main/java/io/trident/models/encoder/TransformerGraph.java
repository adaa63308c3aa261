/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.config.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.GraphOptions;
import io.trident.models.onnx.OnnxGraph;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** A graph that reads tokens: it knows which of the graph's inputs takes what. Thread-safe. */
final class TransformerGraph implements AutoCloseable {

  /** Where a decoder's graph takes what the encoder gave. */
  private static final String HIDDEN = "encoder_hidden_states";

  private final ModelFolder folder;
  private final OnnxGraph graph;
  private final ModelConfig.Inputs inputs;

  private TransformerGraph(ModelFolder folder, OnnxGraph graph, ModelConfig.Inputs inputs) {
    this.folder = folder;
    this.graph = graph;
    this.inputs = inputs == null ? published() : inputs;
  }

  /**
   * Loads a graph and checks its inputs.
   *
   * @param file the graph's file
   * @param inputs the names of its inputs, or null for those that published graphs have
   */
  static TransformerGraph load(
      ModelFolder folder, String file, ModelConfig.Inputs inputs, GraphOptions options) {
    OnnxGraph graph = OnnxGraph.load(folder, file, options);
    TransformerGraph loaded = null;
    try {
      TransformerGraph checking = new TransformerGraph(folder, graph, inputs);
      checking.checkInputs();
      loaded = checking;
      return loaded;
    } finally {
      if (loaded == null) {
        graph.close();
      }
    }
  }

  /** The graph itself, whose outputs have names. */
  OnnxGraph graph() {
    return graph;
  }

  /** The inputs that the graph has of those that published ones have. */
  private ModelConfig.Inputs published() {
    ModelConfig.Inputs names = ModelConfig.Inputs.PUBLISHED;
    return takesHidden()
        ? new ModelConfig.Inputs(names.ids(), orNull("encoder_attention_mask"), null, null, null)
        : new ModelConfig.Inputs(
            names.ids(),
            orNull(names.mask()),
            orNull(names.types()),
            orNull(names.positions()),
            orNull(names.decoder()));
  }

  private String orNull(String input) {
    return graph.inputs().contains(input) ? input : null;
  }

  private void checkInputs() {
    Set<String> fed = new HashSet<>(names());
    names().forEach(graph::checkRows);
    if (takesHidden()) {
      graph.checkVectors(HIDDEN);
      fed.add(HIDDEN);
    }
    for (String name : graph.inputs()) {
      if (fed.contains(name) == false) {
        throw folder.invalid(
            "has an input ["
                + name
                + "] in its graph that "
                + (takesHidden()
                    ? "is not fed: a decoder is run without past keys and values"
                    : "[inputs] in [trident.json] does not feed"),
            null);
      }
    }
  }

  private List<String> names() {
    return Stream.of(
            inputs.ids(), inputs.mask(), inputs.types(), inputs.positions(), inputs.decoder())
        .filter(Objects::nonNull)
        .toList();
  }

  /**
   * Whether what it makes of a text depends on the other texts of the run, or on padding: it
   * quantises by the numbers of them all, or is not told by a mask what is padding.
   */
  boolean dependsOnBatch() {
    return graph.quantises() || hasMask() == false;
  }

  /** Whether the graph is told which tokens to attend to. */
  boolean hasMask() {
    return inputs.mask() != null;
  }

  /** Whether the graph is a decoder of its own, which attends to what an encoder gave. */
  boolean takesHidden() {
    return graph.inputs().contains(HIDDEN);
  }

  /** Whether the graph has a decoder, and so must be told what it has decoded so far. */
  boolean hasDecoder() {
    return inputs.decoder() != null;
  }

  /**
   * Runs a graph without a decoder.
   *
   * @param ids token ids, [batch][length], padded to one length
   * @param mask 1 for tokens, 0 for padding
   * @param types 0 for tokens of the first text of a pair, 1 for those of the second
   * @param outputs the outputs wanted
   */
  Map<String, OnnxGraph.Output> run(
      long[][] ids, long[][] mask, long[][] types, Set<String> outputs) {
    return run(ids, mask, types, null, outputs);
  }

  /**
   * Runs the graph.
   *
   * @param ids token ids, [batch][length], padded to one length
   * @param mask 1 for tokens, 0 for padding
   * @param types 0 for tokens of the first text of a pair, 1 for those of the second
   * @param decoded the decoder's tokens, [batch][any length]; ignored where there is no decoder
   * @param outputs the outputs wanted
   */
  Map<String, OnnxGraph.Output> run(
      long[][] ids, long[][] mask, long[][] types, long[][] decoded, Set<String> outputs) {
    Map<String, long[][]> rows = new HashMap<>();
    rows.put(inputs.ids(), ids);
    rows.put(inputs.mask(), mask);
    rows.put(inputs.types(), types);
    rows.put(inputs.positions(), positions(ids));
    rows.put(inputs.decoder(), decoded);
    rows.remove(null); // what the graph is not fed
    return checked(graph.run(rows, Map.of(), outputs), hasDecoder() ? decoded : ids);
  }

  /**
   * Runs a decoder that is a graph of its own.
   *
   * @param decoded the decoder's tokens, [batch][any length]
   * @param hidden what the encoder gave for its input, [batch, length, width]
   * @param mask 1 for tokens of that input, 0 for padding, [batch][length]
   * @param outputs the outputs wanted
   */
  Map<String, OnnxGraph.Output> decode(
      long[][] decoded, OnnxGraph.Output hidden, long[][] mask, Set<String> outputs) {
    Map<String, long[][]> rows = new HashMap<>();
    rows.put(inputs.ids(), decoded);
    rows.put(inputs.mask(), mask);
    rows.remove(null);
    return checked(graph.run(rows, Map.of(HIDDEN, hidden), outputs), decoded);
  }

  private static Map<String, OnnxGraph.Output> checked(
      Map<String, OnnxGraph.Output> outputs, long[][] rows) {
    outputs.values().forEach(output -> output.checkRows(rows.length, rows[0].length));
    return outputs;
  }

  /** The places of the tokens in each row. */
  private static long[][] positions(long[][] ids) {
    long[][] positions = new long[ids.length][];
    Arrays.fill(positions, LongStream.range(0, ids[0].length).toArray());
    return positions;
  }

  @Override
  public void close() {
    graph.close();
  }
}
