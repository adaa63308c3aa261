/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.encoder;

import io.trident.models.api.QueryPrediction;
import io.trident.models.config.ModelConfig;
import io.trident.models.folder.ModelFolder;
import io.trident.models.onnx.OnnxGraph;
import io.trident.models.tokenizer.TextTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * Predicts the queries that a text answers, so that it is found by words that it lacks (doc2query:
 * Nogueira et al., 2019; docTTTTTquery: Nogueira and Lin, 2019). Thread-safe.
 */
public final class OnnxQueryGenerator implements ModelTask {

  /** Queries that are decoded together: logits over the vocabulary take their memory. */
  private static final int QUERIES_PER_RUN = 8;

  private final int room;
  private final int end;
  private final TextTokenizer tokenizer;
  private final PairRows rows;
  private final SequenceToSequence model;

  /**
   * Makes a generator.
   *
   * @param model null when the graph has no decoder, which is refused
   */
  OnnxQueryGenerator(
      ModelFolder folder, ModelConfig config, TextTokenizer tokenizer, SequenceToSequence model) {
    if (model == null) {
      throw folder.invalid(
          "must have a decoder to generate queries: an input [decoder_input_ids], or the files ["
              + ModelFolder.ENCODER
              + "] and ["
              + ModelFolder.DECODER
              + "]",
          null);
    }
    this.room = Batch.room(model.dependsOnBatch(), config.maxTokens());
    this.tokenizer = tokenizer;
    this.model = model;
    this.end = ScoreReader.id(folder, tokenizer, "decoder_end", config.decoderEnd());
    this.rows = PairRows.of(folder, config, tokenizer);
    model.giving().graph().outputShape(config.output(), Set.of(3));
  }

  @Override
  public void tryOut(String text) {
    predict(List.of(text), new QueryPrediction(2, 2, 2, 0), RunListener.NONE);
  }

  /** A query in the making. */
  private static final class Query {
    private final TokenSampler sampler;
    private long[] decoded;

    private Query(TokenSampler sampler, int start) {
      this.sampler = sampler;
      this.decoded = new long[] {start};
    }

    private void add(int token) {
      decoded = Arrays.copyOf(decoded, decoded.length + 1);
      decoded[decoded.length - 1] = token;
    }
  }

  /**
   * Predicts queries.
   *
   * @param listener follows the runs; a text that it no longer wants gets fewer queries or none
   * @return the queries of each text, in the order of the texts
   */
  public List<List<String>> predict(
      List<String> texts, QueryPrediction prediction, RunListener listener) {
    List<Batch.Row> all =
        rows.of(texts.stream().map(text -> new OnnxCrossEncoder.Pair(null, text)).toList());
    List<List<String>> predicted = new ArrayList<>(Collections.nCopies(texts.size(), List.of()));
    Batch.split(
        all,
        Batch.TOKENS_PER_RUN,
        room,
        numbers -> {
          List<Integer> live = numbers.stream().filter(listener::wants).toList();
          if (live.isEmpty() == false) {
            predict(texts, all, live, prediction, listener, predicted);
          }
        });
    return predicted;
  }

  private void predict(
      List<String> texts,
      List<Batch.Row> all,
      List<Integer> numbers,
      QueryPrediction prediction,
      RunListener listener,
      List<List<String>> predicted) {
    long start = System.nanoTime();
    Batch batch = Batch.of(numbers.stream().map(all::get).toList(), room);
    SequenceToSequence.Source source = model.read(batch);
    for (int r = 0; r < numbers.size(); r++) {
      int text = numbers.get(r);
      List<Query> queries = queries(texts.get(text), prediction);
      for (int from = 0; from < queries.size() && listener.wants(text); from += QUERIES_PER_RUN) {
        int to = Math.min(queries.size(), from + QUERIES_PER_RUN);
        decode(source, r, queries.subList(from, to), prediction, () -> listener.wants(text));
      }
      predicted.set(text, queries.stream().map(this::text).toList());
    }
    long tokens = numbers.stream().mapToLong(i -> all.get(i).length()).sum();
    listener.ran(numbers.size(), tokens, batch.padded(), System.nanoTime() - start);
  }

  private List<Query> queries(String text, QueryPrediction prediction) {
    SplittableRandom random = new SplittableRandom(prediction.seed() ^ text.hashCode());
    return IntStream.range(0, prediction.queries())
        .mapToObj(
            i -> new Query(new TokenSampler(prediction.topK(), random.split()), model.start()))
        .toList();
  }

  /** Adds token after token to queries of one text, until each has ended. */
  private void decode(
      SequenceToSequence.Source source,
      int row,
      List<Query> queries,
      QueryPrediction prediction,
      BooleanSupplier wanted) {
    List<Query> open = queries;
    SequenceToSequence.Source copies = source.copies(row, open.size());
    for (int t = 0; t < prediction.maxTokens() && wanted.getAsBoolean(); t++) {
      OnnxGraph.Output logits =
          model.next(copies, open.stream().map(query -> query.decoded).toArray(long[][]::new));
      List<Query> going = new ArrayList<>();
      for (int q = 0; q < open.size(); q++) {
        int token = open.get(q).sampler.next(logits, q);
        if (token != end) {
          open.get(q).add(token);
          going.add(open.get(q));
        }
      }
      if (going.isEmpty()) {
        return;
      }
      if (going.size() < open.size()) {
        copies = source.copies(row, going.size());
        open = going;
      }
    }
  }

  private String text(Query query) {
    return tokenizer.text(Arrays.copyOfRange(query.decoded, 1, query.decoded.length));
  }
}
