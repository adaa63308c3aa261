/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.tokens;

import io.trident.benchmarks.command.Arguments;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.query.lucene.MaxSimQuery;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;

/**
 * What candidates by centroids find of a scan's best documents, and in which share of its time; and
 * what indexing costs a vector, at half of the documents and at all of them. Within the heap that
 * it is run with, on one thread, in processor time.
 */
public final class FirstStageBenchmark {

  private static final int HITS = 100;

  private final EncodedCollection collection;
  private final Arguments arguments;
  private final TokenVectorsEncoding encoding;
  private final List<EncodedText> questions = new ArrayList<>();
  private final PrintStream out;

  private FirstStageBenchmark(Arguments arguments, PrintStream out) throws IOException {
    this.arguments = arguments;
    this.out = out;
    encoding = TokenVectorsEncoding.of(arguments.text("encoding"));
    collection = EncodedCollection.of(arguments);
    collection.questions(
        question -> {
          if (questions.size() < arguments.number("most_questions")) {
            questions.add(question);
          }
        });
  }

  /** Runs the benchmark. */
  public static void main(String[] line) throws IOException {
    Map<String, String> options = EncodedCollection.options("first-stage", 100_000);
    options.put("most_questions", "100");
    options.put("encoding", "2bit");
    new FirstStageBenchmark(Arguments.parse(line, options), System.out).run();
  }

  private TokensIndex index(int documents) throws IOException {
    TokensIndex index =
        new TokensIndex(
            arguments.path("folder").resolve("index"),
            collection,
            documents,
            encoding,
            UnaryOperator.identity());
    out.println(
        String.format(
            Locale.ROOT,
            "%,d documents, %,d vectors: %.2f microseconds and %.2f bytes per vector",
            index.reader().numDocs(),
            index.vectors(),
            index.nanosOfAVector() / 1e3,
            (double) index.bytes() / index.vectors()));
    return index;
  }

  private void run() throws IOException {
    int documents = arguments.number("documents");
    index(documents / 2).close();
    try (TokensIndex index = index(documents)) {
      IndexSearcher searcher = new IndexSearcher(index.reader());
      searcher.setQueryCache(null);
      search(searcher, null);
      Found scan = search(searcher, null);
      out.println(String.format(Locale.ROOT, "scan: %.2f ms", scan.millis));
      out.println("| candidates | probes | recall@10 | recall@100 | ms | of the scan |");
      out.println("|---|---|---|---|---|---|");
      for (int[] stage : new int[][] {{400, 32}, {800, 32}, {800, 64}, {1600, 32}, {1600, 64}}) {
        MaxSimQuery.FirstStage first = new MaxSimQuery.FirstStage(stage[0], stage[1]);
        search(searcher, first);
        row(first, search(searcher, first), scan);
      }
    }
  }

  private void row(MaxSimQuery.FirstStage first, Found found, Found scan) {
    out.println(
        String.format(
            Locale.ROOT,
            "| %d | %d | %.3f | %.3f | %.2f | 1/%.0f |",
            first.candidates(),
            first.probes(),
            recall(found, scan, 10),
            recall(found, scan, HITS),
            found.millis,
            scan.millis / found.millis));
  }

  /** What was found for each question, and the mean time. */
  private record Found(List<int[]> documents, double millis) {}

  private Found search(IndexSearcher searcher, MaxSimQuery.FirstStage first) throws IOException {
    List<int[]> documents = new ArrayList<>();
    long start = TokensIndex.processorTime();
    for (EncodedText question : questions) {
      MaxSimQuery query =
          new MaxSimQuery(
              TokensIndex.FIELD,
              question.tokens().dimension(),
              question.tokens().values(),
              first,
              null);
      ScoreDoc[] hits = searcher.search(query, HITS).scoreDocs;
      documents.add(Arrays.stream(hits).mapToInt(hit -> hit.doc).toArray());
    }
    return new Found(documents, (TokensIndex.processorTime() - start) / 1e6 / questions.size());
  }

  private static double recall(Found found, Found scan, int depth) {
    double sum = 0;
    for (int q = 0; q < scan.documents.size(); q++) {
      int[] ours = Arrays.stream(found.documents.get(q)).limit(depth).sorted().toArray();
      long common =
          Arrays.stream(scan.documents.get(q))
              .limit(depth)
              .filter(document -> Arrays.binarySearch(ours, document) >= 0)
              .count();
      sum += (double) common / Math.min(depth, scan.documents.get(q).length);
    }
    return sum / scan.documents.size();
  }
}
