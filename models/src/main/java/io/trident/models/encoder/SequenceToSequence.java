/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.config.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * A model that reads a text and says another, token by token (T5: Raffel et al., 2020). It is one
 * graph, which reads the text anew with every step, or an encoder and a decoder as exports have
 * them. The decoder is told all tokens so far; past keys and values are not kept. Thread-safe.
 */
final class SequenceToSequence {

  private static final List<String> HIDDEN = List.of("last_hidden_state");

  private final TransformerGraph graph;

  /** Null when {@link #graph} is all. */
  private final TransformerGraph decoder;

  private final String hidden;
  private final String output;
  private final int start;

  private SequenceToSequence(
      ModelFolder folder,
      ModelConfig config,
      TextTokenizer tokenizer,
      TransformerGraph graph,
      TransformerGraph decoder) {
    this.graph = graph;
    this.decoder = decoder;
    this.hidden = decoder == null ? null : graph.graph().output("encoder's output", HIDDEN);
    this.output = config.output();
    String token = config.decoderStart() == null ? "<pad>" : config.decoderStart();
    this.start = ScoreReader.id(folder, tokenizer, "decoder_start", token);
  }

  /**
   * Joins what is loaded.
   *
   * @param decoder the graph of the decoder alone, or null
   * @return null when there is no decoder at all
   */
  static SequenceToSequence of(
      ModelFolder folder,
      ModelConfig config,
      TextTokenizer tokenizer,
      TransformerGraph graph,
      TransformerGraph decoder) {
    if (decoder != null && decoder.takesHidden() == false) {
      throw folder.invalid("must have a decoder that takes what its encoder gives", null);
    }
    return decoder == null && graph.hasDecoder() == false
        ? null
        : new SequenceToSequence(folder, config, tokenizer, graph, decoder);
  }

  /** The graph that gives the logits. */
  TransformerGraph giving() {
    return decoder == null ? graph : decoder;
  }

  /** Whether what it makes of a text depends on the other texts of the run, or on padding. */
  boolean dependsOnBatch() {
    return graph.dependsOnBatch() || (decoder != null && decoder.dependsOnBatch());
  }

  /** The token that the decoder starts with. */
  int start() {
    return start;
  }

  /**
   * Inputs that the decoder attends to.
   *
   * @param hidden what the encoder made of them; null where one graph is all
   */
  record Source(Batch batch, OnnxGraph.Output hidden) {

    /** One of the inputs, several times. */
    Source copies(int row, int count) {
      return new Source(
          batch.copies(row, count), hidden == null ? null : copies(hidden, row, count));
    }

    private static OnnxGraph.Output copies(OnnxGraph.Output output, int row, int count) {
      int size = (int) output.shape()[1] * output.width();
      float[] values = new float[count * size];
      for (int i = 0; i < count; i++) {
        System.arraycopy(output.values(), row * size, values, i * size, size);
      }
      long[] shape = output.shape().clone();
      shape[0] = count;
      return new OnnxGraph.Output(output.model(), output.name(), shape, values);
    }
  }

  /** Reads inputs. */
  Source read(Batch batch) {
    return new Source(
        batch,
        decoder == null
            ? null
            : graph.run(batch.ids(), batch.mask(), batch.types(), Set.of(hidden)).get(hidden));
  }

  /**
   * The logits of the tokens that follow.
   *
   * @param decoded the tokens so far, [rows of the source][any length]
   * @return [rows, tokens so far, vocabulary]
   */
  OnnxGraph.Output next(Source source, long[][] decoded) {
    Batch batch = source.batch;
    return decoder == null
        ? graph.run(batch.ids(), batch.mask(), batch.types(), decoded, Set.of(output)).get(output)
        : decoder.decode(decoded, source.hidden, batch.mask(), Set.of(output)).get(output);
  }

  /** The logits of the first token, for each input. */
  OnnxGraph.Output first(Batch batch) {
    long[][] starts = new long[batch.ids().length][1];
    for (long[] row : starts) {
      Arrays.fill(row, start);
    }
    return next(read(batch), starts);
  }
}
