/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.tokens;

import io.trident.benchmarks.command.Arguments;
import io.trident.codec.tokenvectors.MaxSimScorer;
import io.trident.codec.tokenvectors.QueryTokenVectors;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import io.trident.codec.tokenvectors.TokenVectorsValues;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

/**
 * Rescores 100 documents of 80 random tokens with 32 query vectors of 128 dimensions at each width,
 * the preparation of the query included, on one thread; other options are other sizes, such as
 * those of page images. Prints the least and the middle processor time of 300 rounds after as many
 * for the compiler.
 *
 * <p>Run it with and without {@code --add-modules=jdk.incubator.vector} to compare the twins of the
 * kernels.
 */
public final class RescoreBenchmark {

  private static final int DIMENSION = 128;
  private static final int DOCUMENTS = 500;
  private static final int RESCORED = 100;

  private static final Map<String, String> OPTIONS =
      Map.of(
          "folder", "rescore", // for the indices
          "tokens", "80", // of a document
          "queries", "32", // vectors of a query
          "rounds", "300",
          "encodings", "1bit,2bit,4bit,8bit,float32",
          "files", "");

  private final int tokens;
  private final int queries;
  private final int rounds;

  private RescoreBenchmark(Arguments arguments) {
    tokens = arguments.number("tokens");
    queries = arguments.number("queries");
    rounds = arguments.number("rounds");
  }

  /** Runs the benchmark. */
  public static void main(String[] line) throws IOException {
    Arguments arguments = Arguments.parse(line, OPTIONS);
    Path indices = arguments.path("folder");
    RescoreBenchmark benchmark = new RescoreBenchmark(arguments);
    for (String label : arguments.list("encodings")) {
      TokenVectorsEncoding encoding = TokenVectorsEncoding.of(label);
      Path folder = Files.createDirectories(indices.resolve(encoding.label()));
      try (Directory directory = new MMapDirectory(folder)) {
        benchmark.index(directory, encoding);
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
          print(System.out, encoding, benchmark.times(reader));
        }
      }
    }
  }

  private static float[] vectors(Random random, int count) {
    float[] flat = new float[count * DIMENSION];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = (float) random.nextGaussian();
    }
    return flat;
  }

  private void index(Directory directory, TokenVectorsEncoding encoding) throws IOException {
    Random random = new Random(1);
    try (IndexWriter writer = new IndexWriter(directory, TokensIndex.config(encoding))) {
      for (int i = 0; i < DOCUMENTS; i++) {
        Document document = new Document();
        document.add(
            new TokenVectorsField(
                TokensIndex.FIELD, DIMENSION, vectors(random, tokens), new int[tokens]));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
    }
  }

  private double[] times(DirectoryReader reader) throws IOException {
    Random random = new Random(2);
    float[] query = vectors(random, queries);
    double[] times = new double[rounds];
    for (int round = -rounds; round < rounds; round++) {
      int[] documents = random.ints(0, DOCUMENTS).distinct().limit(RESCORED).sorted().toArray();
      long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      rescore(reader, documents, query);
      long taken = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
      times[Math.max(0, round)] = taken / 1e6;
    }
    Arrays.sort(times);
    return times;
  }

  private static void rescore(DirectoryReader reader, int[] documents, float[] query)
      throws IOException {
    TokenVectorsValues values =
        (TokenVectorsValues) reader.leaves().get(0).reader().getBinaryDocValues(TokensIndex.FIELD);
    MaxSimScorer scorer = values.scorer(new QueryTokenVectors(DIMENSION, query));
    for (int document : documents) {
      if (values.advanceExact(document) == false || Float.isFinite(scorer.score()) == false) {
        throw new IllegalStateException("document [" + document + "] has no score");
      }
    }
  }

  private static void print(PrintStream out, TokenVectorsEncoding encoding, double[] times) {
    out.println(
        String.format(
            Locale.ROOT,
            "%s: %.2f ms at least, %.2f ms in the middle",
            encoding.label(),
            times[0],
            times[times.length / 2]));
  }
}
