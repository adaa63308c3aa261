/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.dense;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.trident.benchmarks.command.Arguments;
import io.trident.query.mapper.DenseEncoding;
import io.trident.query.mapper.VectorReduction;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.lucene.index.VectorSimilarityFunction;

/**
 * What a search of some candidates, by codes and perhaps in fewer dimensions, keeps of the ten
 * nearest documents by floats, and the bytes of what it reads. Each row has an index of its own, of
 * one segment.
 */
public final class DenseBenchmark {

  private static final int K = 10;
  private static final int[] CANDIDATES = {10, 20, 30, 50, 100};

  private final PrintStream out;
  private final Arguments arguments;
  private final EncodedVectors vectors;
  private final int[][] nearest;

  private DenseBenchmark(PrintStream out, Arguments arguments) throws IOException {
    this.out = out;
    this.arguments = arguments;
    vectors = EncodedVectors.of(arguments);
    nearest = Arrays.stream(vectors.questions()).map(this::nearest).toArray(int[][]::new);
  }

  /** Runs the benchmark. */
  public static void main(String[] line) throws IOException {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("collection", ""); // a folder with corpus.jsonl and questions
    options.put("questions", "queries");
    options.put("most_questions", "1000");
    options.put("documents", "5000");
    options.put("model", "all-minilm-l6-v2-q");
    options.put("models", "models"); // a folder, for other models than those of the plugin
    options.put("folder", "dense"); // where vectors and indices are kept
    options.put("maps", ""); // files of fit_map, or numbers of dimensions that are kept
    options.put("files", "");
    new DenseBenchmark(System.out, Arguments.parse(line, options)).run();
  }

  /** The documents with the largest cosines. */
  private int[] nearest(float[] question) {
    float[][] documents = vectors.documents();
    double[] scores =
        Arrays.stream(documents)
            .mapToDouble(document -> VectorSimilarityFunction.COSINE.compare(question, document))
            .toArray();
    return IntStream.range(0, documents.length)
        .boxed()
        .sorted(Comparator.comparingDouble(document -> -scores[document]))
        .limit(K)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private void run() throws IOException {
    out.println(
        String.format(
            Locale.ROOT,
            "%,d documents of %d dimensions, %,d questions",
            vectors.documents().length,
            vectors.documents()[0].length,
            vectors.questions().length));
    out.println("| dimensions | encoding | bytes of codes | candidates: 10 | 20 | 30 | 50 | 100 |");
    out.println("|---|---|---|---|---|---|---|---|");
    rows(null, "all");
    for (String map : arguments.list("maps")) {
      rows(
          reduction(map),
          map.matches("\\d+") ? "first " + map : Path.of(map).getFileName().toString());
    }
  }

  private static VectorReduction reduction(String map) throws IOException {
    boolean first = map.matches("\\d+");
    JsonNode mapping = first ? null : new ObjectMapper().readTree(Path.of(map).toFile());
    return new VectorReduction(
        first ? Integer.parseInt(map) : mapping.get("dimension").intValue(),
        first ? null : rows(mapping.get("dimension").intValue(), mapping.get("rows").textValue()),
        VectorSimilarityFunction.COSINE);
  }

  private static float[][] rows(int dimension, String text) {
    byte[] halves = Base64.getDecoder().decode(text.substring("float16:".length()));
    ShortBuffer numbers = ByteBuffer.wrap(halves).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
    float[][] rows = new float[dimension][numbers.remaining() / dimension];
    for (float[] row : rows) {
      for (int d = 0; d < row.length; d++) {
        row[d] = Float.float16ToFloat(numbers.get());
      }
    }
    return rows;
  }

  private void rows(VectorReduction reduction, String name) throws IOException {
    for (DenseEncoding encoding : DenseEncoding.values()) {
      Path folder = arguments.path("folder").resolve("index");
      try (DenseIndex index = new DenseIndex(folder, vectors.documents(), reduction, encoding)) {
        StringBuilder row =
            new StringBuilder(
                "| " + name + " | " + encoding.label() + " | " + index.bytes() + " |");
        for (int candidates : CANDIDATES) {
          row.append(String.format(Locale.ROOT, " %.3f |", recall(index, candidates)));
        }
        out.println(row);
      }
    }
  }

  private double recall(DenseIndex index, int candidates) throws IOException {
    int found = 0;
    for (int q = 0; q < nearest.length; q++) {
      List<Integer> hits = index.search(vectors.questions()[q], K, candidates);
      found += (int) Arrays.stream(nearest[q]).filter(hits::contains).count();
    }
    return (double) found / K / nearest.length;
  }
}
