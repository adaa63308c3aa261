/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.tokens;

import io.trident.benchmarks.collection.TextCollection;
import io.trident.benchmarks.command.Arguments;
import io.trident.benchmarks.relevance.Metric;
import io.trident.codec.tokenvectors.MaxSimScorer;
import io.trident.codec.tokenvectors.QueryTokenVectors;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsValues;
import io.trident.ingest.TokenReduction;
import io.trident.ingest.WordMerging;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What fewer bits per dimension and fewer vectors per text cost in quality and save in bytes. Texts
 * are encoded once and kept; a scan of the floats finds the documents of each question that every
 * other way then ranks.
 */
public final class QualityBenchmark {

  private static final List<String> STOP_WORDS =
      List.of(
          "a an and are as at be but by for if in into is it no not of on or such that the their"
              .split(" ", -1));

  private final EncodedCollection collection;
  private final Arguments arguments;
  private final Map<String, Map<String, Integer>> judgements;
  private final List<String> documents = new ArrayList<>();
  private final List<EncodedText> questions = new ArrayList<>();
  private final PrintStream out;
  private int[][] pools;
  private int[][] best;
  private double floats;

  private QualityBenchmark(Arguments arguments, PrintStream out) throws IOException {
    this.arguments = arguments;
    this.out = out;
    collection = EncodedCollection.of(arguments);
    judgements = new TextCollection(arguments.path("collection")).judgements();
    collection.documents(Integer.MAX_VALUE, text -> documents.add(text.id()));
    collection.questions(questions::add);
  }

  /** Runs the benchmark; without arguments it tells the options. */
  public static void main(String[] line) throws IOException {
    Map<String, String> options = EncodedCollection.options("quality", 7_000);
    options.put("pool", "100");
    new QualityBenchmark(Arguments.parse(line, options), System.out).run();
  }

  private void run() throws IOException {
    out.println("| | bits | bytes per token | vectors | nDCG@10 | loss | best ten kept |");
    out.println("|---|---|---|---|---|---|---|");
    row("all vectors", TokenVectorsEncoding.FLOAT32, TokenReduction.NONE);
    for (TokenVectorsEncoding encoding :
        List.of(
            TokenVectorsEncoding.BITS_8,
            TokenVectorsEncoding.BITS_4,
            TokenVectorsEncoding.BITS_2,
            TokenVectorsEncoding.BITS_1)) {
      row("all vectors", encoding, TokenReduction.NONE);
    }
    for (Map.Entry<String, TokenReduction> reduction : reductions().entrySet()) {
      row(reduction.getKey(), TokenVectorsEncoding.FLOAT32, reduction.getValue());
      row(reduction.getKey(), TokenVectorsEncoding.BITS_4, reduction.getValue());
    }
  }

  private static Map<String, TokenReduction> reductions() {
    int all = Short.MAX_VALUE;
    Map<String, TokenReduction> reductions = new LinkedHashMap<>();
    reductions.put(
        "`skip_words`, 26", TokenReduction.of(false, STOP_WORDS, WordMerging.NONE, 1, all));
    reductions.put(
        "`merge_words`", TokenReduction.of(false, List.of(), WordMerging.PIECES, 1, all));
    reductions.put(
        "`merge_words: unique`", TokenReduction.of(false, List.of(), WordMerging.UNIQUE, 1, all));
    reductions.put(
        "`pool_factor` 1.5", TokenReduction.of(false, List.of(), WordMerging.NONE, 1.5, all));
    reductions.put(
        "`pool_factor` 2", TokenReduction.of(false, List.of(), WordMerging.NONE, 2, all));
    reductions.put(
        "`pool_factor` 3", TokenReduction.of(false, List.of(), WordMerging.NONE, 3, all));
    reductions.put(
        "`max_vectors` 64", TokenReduction.of(false, List.of(), WordMerging.NONE, 1, 64));
    reductions.put(
        "`max_vectors` 32", TokenReduction.of(false, List.of(), WordMerging.NONE, 1, 32));
    reductions.put(
        "`skip_words`, `merge_words`, `pool_factor` 2",
        TokenReduction.of(false, STOP_WORDS, WordMerging.PIECES, 2, all));
    return reductions;
  }

  private void row(String name, TokenVectorsEncoding encoding, TokenReduction reduction)
      throws IOException {
    try (TokensIndex index =
        new TokensIndex(
            arguments.path("folder").resolve("index"),
            collection,
            Integer.MAX_VALUE,
            encoding,
            text ->
                new EncodedText(
                    text.id(), text.text(), reduction.reduce(text.text(), text.tokens())))) {
      int[][] rankings = new int[questions.size()][];
      for (int q = 0; q < rankings.length; q++) {
        int[] pool = pools == null ? IntStream.range(0, documents.size()).toArray() : pools[q];
        rankings[q] = rank(index, questions.get(q), pool);
      }
      double quality = quality(rankings);
      if (pools == null) {
        pools = pools(rankings);
        best = rankings;
        floats = quality;
      }
      out.println(
          String.format(
              Locale.ROOT,
              "| %s | %d | %.1f | %.2f | %.4f | %.2f %% | %.3f |",
              name,
              encoding.bits(),
              (double) index.bytes() / index.tokens(),
              (double) index.vectors() / index.tokens(),
              quality,
              100 * (1 - quality / floats),
              kept(rankings)));
    }
  }

  /** Some documents of a question, best first; equal ones in their order. */
  private int[] rank(TokensIndex index, EncodedText question, int[] pool) throws IOException {
    TokenVectorsValues values =
        (TokenVectorsValues)
            index.reader().leaves().get(0).reader().getBinaryDocValues(TokensIndex.FIELD);
    MaxSimScorer scorer =
        values.scorer(
            new QueryTokenVectors(question.tokens().dimension(), question.tokens().values()));
    float[] scores = new float[documents.size()];
    for (int document : pool) {
      scores[document] = values.advanceExact(document) ? scorer.score() : Float.NEGATIVE_INFINITY;
    }
    return Arrays.stream(pool)
        .boxed()
        .sorted(Comparator.comparing((Integer document) -> scores[document]).reversed())
        .limit(arguments.number("pool"))
        .mapToInt(document -> document)
        .toArray();
  }

  /** The documents that each question's other rankings are of, in ascending order. */
  private static int[][] pools(int[][] rankings) {
    return Arrays.stream(rankings)
        .map(ranking -> Arrays.stream(ranking).sorted().toArray())
        .toArray(int[][]::new);
  }

  private double quality(int[][] rankings) {
    return IntStream.range(0, rankings.length)
        .mapToDouble(
            q ->
                Metric.NDCG_10.of(
                    Arrays.stream(rankings[q]).limit(10).mapToObj(documents::get).toList(),
                    judgements.getOrDefault(questions.get(q).id(), Map.of())))
        .average()
        .orElse(0);
  }

  /** The share of the floats' best ten documents that are among the best ten. */
  private double kept(int[][] rankings) {
    long kept = 0;
    long all = 0;
    for (int q = 0; q < rankings.length; q++) {
      HashSet<Integer> ten = new HashSet<>();
      Arrays.stream(rankings[q]).limit(10).forEach(ten::add);
      kept += Arrays.stream(best[q]).limit(10).filter(ten::contains).count();
      all += Math.min(10, best[q].length);
    }
    return (double) kept / all;
  }
}
