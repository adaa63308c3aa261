/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.api.Encoding;
import io.trident.models.api.Representation;
import io.trident.models.api.Side;
import io.trident.models.api.SparseVector;
import io.trident.models.api.TokenVectors;
import io.trident.models.config.ModelConfig;
import io.trident.models.config.ReadFolder;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Encodes texts to any of a model's representations. Those that read one input share the runs of
 * the graph, so a representation does not depend on which others are wanted. Thread-safe.
 */
public final class OnnxEncoder implements ModelTask {

  private final int maxTokens;
  private final TextTokenizer tokenizer;
  private final Readers documents;
  private final Readers queries;
  private final String fingerprint;

  OnnxEncoder(
      ReadFolder folder,
      ModelConfig config,
      TextTokenizer tokenizer,
      Map<String, TransformerGraph> graphs) {
    if (graphs.values().stream().anyMatch(TransformerGraph::hasDecoder)) {
      throw folder.invalid("has an input for a decoder, which an encoder is not given", null);
    }
    this.maxTokens = config.maxTokens();
    this.tokenizer = tokenizer;
    this.documents = Readers.of(folder, config, tokenizer, graphs, Side.DOCUMENT);
    this.queries = Readers.of(folder, config, tokenizer, graphs, Side.QUERY);
    if (queries.dimensions().equals(documents.dimensions()) == false) {
      throw folder.invalid(
          "must have as many dimensions for queries as for documents, got "
              + queries.dimensions()
              + " and "
              + documents.dimensions(),
          null);
    }
    this.fingerprint = folder.fingerprint(); // everything has been read
  }

  @Override
  public void tryOut(String text) {
    for (Side side : Side.values()) {
      encode(List.of(text), side, representations(), RunListener.NONE);
    }
  }

  @Override
  public Set<Representation> representations() {
    return documents.representations();
  }

  /** Whether the graph takes no part in what is wanted of texts. */
  public boolean needsNoRun(Side side, Set<Representation> wanted) {
    Readers readers = side == Side.QUERY ? queries : documents;
    return wanted.stream().allMatch(readers::needsNoRun);
  }

  /** Tokens of a document's text that each representation has room for, at least 1. */
  public int documentRoom() {
    return representations().stream()
        .mapToInt(representation -> InputRow.room(documents.format(representation), tokenizer))
        .reduce(maxTokens, Math::min);
  }

  @Override
  public Map<Representation, Integer> dimensions() {
    return documents.dimensions();
  }

  /**
   * What representations are read from together.
   *
   * @param graph that is run
   * @param format of its input
   */
  private record Run(TransformerGraph graph, InputFormat format) {}

  /** What has been made of a call's texts so far. */
  private static final class Made {
    private final SparseVector[] sparse;
    private final float[][] dense;
    private final TokenVectors[] tokens;

    private Made(int texts) {
      sparse = new SparseVector[texts];
      dense = new float[texts][];
      tokens = new TokenVectors[texts];
    }

    private List<Encoding> encodings(String fingerprint) {
      return IntStream.range(0, sparse.length)
          .mapToObj(i -> new Encoding(sparse[i], dense[i], tokens[i], fingerprint))
          .toList();
    }
  }

  /**
   * Encodes texts.
   *
   * @param listener follows the runs; a text that it no longer wants gets an incomplete encoding
   * @return an encoding a text, in the order of the texts
   */
  public List<Encoding> encode(
      List<String> texts, Side side, Set<Representation> wanted, RunListener listener) {
    Readers readers = side == Side.QUERY ? queries : documents;
    Made made = new Made(texts.size());
    Map<Run, Set<Representation>> runs = new LinkedHashMap<>();
    for (Representation representation : wanted) {
      if (readers.needsNoRun(representation)) {
        readQueries(texts, listener, made);
      } else {
        runs.computeIfAbsent(
                new Run(readers.graph(representation), readers.format(representation)),
                run -> EnumSet.noneOf(Representation.class))
            .add(representation);
      }
    }
    runs.forEach((run, outputs) -> run(texts, readers, run, outputs, listener, made));
    return made.encodings(fingerprint);
  }

  private void readQueries(List<String> texts, RunListener listener, Made made) {
    for (int i = 0; i < texts.size(); i++) {
      if (listener.wants(i)) {
        InputRow row = InputRow.of(texts.get(i), queries.sparse().format(), tokenizer);
        made.sparse[i] = queries.sparseQueries().read(row.text());
      }
    }
  }

  private void run(
      List<String> texts,
      Readers readers,
      Run run,
      Set<Representation> wanted,
      RunListener listener,
      Made made) {
    List<InputRow> rows =
        texts.stream().map(text -> InputRow.of(text, run.format, tokenizer)).toList();
    Batch.split(
        rows.stream().map(InputRow::row).toList(),
        readers.tokensPerRun(wanted),
        Batch.room(run.graph.dependsOnBatch(), maxTokens),
        numbers -> {
          List<Integer> live = numbers.stream().filter(listener::wants).toList();
          if (live.isEmpty() == false) {
            run(run.graph, rows, live, readers, wanted, listener, made);
          }
        });
  }

  private void run(
      TransformerGraph graph,
      List<InputRow> rows,
      List<Integer> numbers,
      Readers readers,
      Set<Representation> wanted,
      RunListener listener,
      Made made) {
    Batch batch =
        Batch.of(
            numbers.stream().map(i -> rows.get(i).row()).toList(),
            Batch.room(graph.dependsOnBatch(), maxTokens));
    long start = System.nanoTime();
    Map<String, OnnxGraph.Output> outputs =
        graph.run(batch.ids(), batch.mask(), batch.types(), readers.outputs(wanted));
    long nanos = System.nanoTime() - start;
    long tokenCount = 0;
    for (int r = 0; r < numbers.size(); r++) {
      InputRow row = rows.get(numbers.get(r));
      tokenCount += row.row().length();
      for (Representation representation : wanted) {
        read(representation, readers, outputs, r, row, made, numbers.get(r));
      }
    }
    listener.ran(numbers.size(), tokenCount, batch.padded(), nanos);
  }

  private static void read(
      Representation representation,
      Readers readers,
      Map<String, OnnxGraph.Output> outputs,
      int r,
      InputRow row,
      Made made,
      int text) {
    switch (representation) {
      case SPARSE ->
          made.sparse[text] = readers.sparse().read(outputs.get(readers.sparse().output()), r, row);
      case DENSE ->
          made.dense[text] =
              readers.dense().read(outputs.get(readers.dense().output()), r, row.row().length());
      case TOKENS -> made.tokens[text] = readers.tokens().read(outputs, r, row, readers.side());
    }
  }
}
