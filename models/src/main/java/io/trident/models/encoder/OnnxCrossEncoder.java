/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.config.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Scores pairs of a query and a text (Nogueira and Cho, 2019; yes and no as monoT5 has them:
 * Nogueira et al., 2020; texts alone as QualT5 does: Chang et al., 2024). Thread-safe.
 */
public final class OnnxCrossEncoder implements ModelTask {

  private final ModelConfig config;
  private final TransformerGraph graph;
  private final SequenceToSequence decoder;
  private final PairRows rows;
  private final ScoreReader reader;

  /**
   * Makes a cross-encoder.
   *
   * @param graph gives the scores, unless there is a decoder
   * @param decoder gives them, or null without one
   */
  OnnxCrossEncoder(
      ModelFolder folder,
      ModelConfig config,
      TextTokenizer tokenizer,
      TransformerGraph graph,
      SequenceToSequence decoder) {
    this.config = config;
    this.graph = graph;
    this.decoder = decoder;
    this.reader =
        new ScoreReader(
            folder, config, tokenizer, (decoder == null ? graph : decoder.giving()).graph());
    this.rows = PairRows.of(folder, config, tokenizer);
  }

  /** Whether it makes no use of queries. */
  public boolean judgesTextsAlone() {
    return rows.judgesTextsAlone();
  }

  @Override
  public void tryOut(String text) {
    score(List.of(new Pair("a", text)), RunListener.NONE);
  }

  /**
   * A query and a text to score against it.
   *
   * @param query null for a text to judge alone
   */
  public record Pair(String query, String text) {}

  /**
   * Scores pairs.
   *
   * @param listener follows the runs; a pair that it no longer wants gets any score
   * @return one score per pair, in the order of the pairs
   */
  public List<Float> score(List<Pair> pairs, RunListener listener) {
    List<Batch.Row> all = rows.of(pairs);
    float[] scores = new float[pairs.size()];
    Batch.split(
        all,
        Batch.TOKENS_PER_RUN,
        room(),
        numbers -> {
          List<Integer> live = numbers.stream().filter(listener::wants).toList();
          if (live.isEmpty() == false) {
            run(all, live, listener, scores);
          }
        });
    return IntStream.range(0, scores.length).mapToObj(i -> scores[i]).toList();
  }

  private int room() {
    return Batch.room(
        decoder == null ? graph.dependsOnBatch() : decoder.dependsOnBatch(), config.maxTokens());
  }

  private void run(
      List<Batch.Row> all, List<Integer> numbers, RunListener listener, float[] scores) {
    Batch batch = Batch.of(numbers.stream().map(all::get).toList(), room());
    long start = System.nanoTime();
    OnnxGraph.Output output =
        decoder == null
            ? graph
                .run(batch.ids(), batch.mask(), batch.types(), Set.of(config.output()))
                .get(config.output())
            : decoder.first(batch);
    long nanos = System.nanoTime() - start;
    for (int r = 0; r < numbers.size(); r++) {
      int tokens = decoder == null ? all.get(numbers.get(r)).length() : 1;
      scores[numbers.get(r)] = reader.read(output, r, tokens);
    }
    long tokens = numbers.stream().mapToLong(i -> all.get(i).length()).sum();
    listener.ran(numbers.size(), tokens, batch.padded(), nanos);
  }
}
