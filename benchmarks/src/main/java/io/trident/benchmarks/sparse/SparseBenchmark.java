/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.sparse;

import io.trident.benchmarks.command.Arguments;
import io.trident.benchmarks.vectors.DataSet;
import io.trident.benchmarks.vectors.FileVectors;
import io.trident.benchmarks.vectors.Item;
import io.trident.query.lucene.Approximation;
import io.trident.query.lucene.LearnedSparseQuery;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.apache.lucene.store.Directory;

/**
 * Searches the same learned sparse vectors in each {@link SparseIndex}, one segment, one thread,
 * queries interleaved, and prints latencies, ratios, bytes and build times; then approximate search
 * beside exact. A query's latency is the processor time of the searching thread, the least of some
 * rounds, so that other work on the machine shows little.
 *
 * <p>Options: the folder of {@link FileVectors}, a folder for the indices, and how many documents
 * to take.
 */
public final class SparseBenchmark {

  private static final int QUERIES = 500;
  private static final int ROUNDS = 5;

  private static final List<Approximation> APPROXIMATIONS =
      List.of(
          Approximation.NONE,
          new Approximation(1, Integer.MAX_VALUE, 1.1f),
          new Approximation(1, Integer.MAX_VALUE, 1.2f),
          new Approximation(1, 160, 1),
          new Approximation(1, 160, 1.1f),
          new Approximation(0.7f, 80, 1),
          new Approximation(0.7f, 40, 1),
          new Approximation(0.6f, 40, 1),
          new Approximation(0.5f, 20, 1));

  private final PrintStream out;
  private final DataSet collection;
  private final int documents;
  private final Map<SparseIndex, IndexSearcher> searchers = new EnumMap<>(SparseIndex.class);

  private SparseBenchmark(PrintStream out, DataSet collection, int documents) {
    this.out = out;
    this.collection = collection;
    this.documents = documents;
  }

  /** Runs the comparison. */
  public static void main(String[] line) throws IOException {
    Arguments arguments =
        Arguments.parse(
            line,
            Map.of("vectors", "vectors", "folder", "sparse", "documents", "100000", "files", ""));
    DataSet collection = new FileVectors(arguments.path("vectors"));
    Path indices = arguments.path("folder");
    int documents = arguments.number("documents");
    SparseBenchmark benchmark = new SparseBenchmark(System.out, collection, documents);
    for (SparseIndex index : SparseIndex.values()) {
      Directory directory = index.open(indices, collection, documents);
      benchmark.add(index, directory, SparseIndex.buildSeconds(indices, index, documents));
    }
    for (boolean expanded : new boolean[] {true, false}) {
      for (int hits : new int[] {10, 100, 1000}) {
        benchmark.compare(expanded, hits);
      }
      benchmark.approximate(expanded, 10);
    }
  }

  private void add(SparseIndex index, Directory directory, double seconds) throws IOException {
    long bytes = 0;
    for (String file : directory.listAll()) {
      bytes += directory.fileLength(file);
    }
    IndexSearcher searcher = new IndexSearcher(DirectoryReader.open(directory));
    searcher.setQueryCache(null);
    searchers.put(index, searcher);
    out.println(
        index
            + ": "
            + searcher.getIndexReader().maxDoc()
            + " documents, "
            + bytes / 1_000_000
            + " MB, built in "
            + Math.round(seconds)
            + " s");
  }

  private void compare(boolean expanded, int hits) throws IOException {
    List<Item> queries = collection.queries(expanded, QUERIES, documents);
    Map<SparseIndex, double[]> millis = new EnumMap<>(SparseIndex.class);
    double overlap = 0;
    for (SparseIndex index : searchers.keySet()) {
      double[] best = new double[queries.size()];
      Arrays.fill(best, Double.MAX_VALUE);
      millis.put(index, best);
    }
    for (int round = 0; round < ROUNDS; round++) {
      overlap = 0;
      for (int q = 0; q < queries.size(); q++) {
        ScoreDoc[] reference = null;
        for (SparseIndex index : searchers.keySet()) {
          Query query = index.query(queries.get(q).sparse(), hits);
          long start = threadTime();
          ScoreDoc[] found = search(searchers.get(index), query, hits);
          double[] best = millis.get(index);
          best[q] = Math.min(best[q], (threadTime() - start) / 1e6);
          reference = reference == null ? found : reference;
          overlap += index == SparseIndex.IMPACTS ? overlap(reference, found) : 0;
        }
      }
    }
    double[] base = millis.get(SparseIndex.FEATURES);
    for (SparseIndex index : searchers.keySet()) {
      report(label(expanded, hits), index, millis.get(index), base);
    }
    out.println("  overlap with features " + round(overlap / queries.size()));
  }

  private static ScoreDoc[] search(IndexSearcher searcher, Query query, int hits)
      throws IOException {
    return searcher.search(query, new TopScoreDocCollectorManager(hits, null, 1)).scoreDocs;
  }

  /** Processor time of this thread, in nanoseconds. */
  private static long threadTime() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static double overlap(ScoreDoc[] expected, ScoreDoc[] found) {
    long same =
        Arrays.stream(found)
            .filter(hit -> Arrays.stream(expected).anyMatch(e -> e.doc == hit.doc))
            .count();
    return expected.length == 0 ? 1 : (double) same / expected.length;
  }

  /** Approximate search of the sorted index beside the exact one. */
  private void approximate(boolean expanded, int hits) throws IOException {
    IndexSearcher searcher = searchers.get(SparseIndex.ORDERED);
    List<Item> queries = collection.queries(expanded, QUERIES, documents);
    double[][] best = new double[APPROXIMATIONS.size()][queries.size()];
    double[] recall = new double[best.length];
    for (int round = 0; round < ROUNDS; round++) {
      for (int q = 0; q < queries.size(); q++) {
        LearnedSparseQuery query = SparseIndex.exact(queries.get(q).sparse(), hits);
        ScoreDoc[] exact = null;
        for (int a = 0; a < best.length; a++) {
          Query approximate = query.approximate(APPROXIMATIONS.get(a));
          long start = threadTime();
          ScoreDoc[] found = search(searcher, approximate, hits);
          double millis = (threadTime() - start) / 1e6;
          best[a][q] = round == 0 ? millis : Math.min(best[a][q], millis);
          exact = exact == null ? found : exact;
          recall[a] += overlap(exact, found) / queries.size() / ROUNDS;
        }
      }
    }
    double exact = Arrays.stream(best[0]).average().orElseThrow();
    for (int a = 0; a < best.length; a++) {
      double mean = Arrays.stream(best[a]).average().orElseThrow();
      out.println(
          label(expanded, hits)
              + " "
              + APPROXIMATIONS.get(a)
              + ": mean "
              + round(mean)
              + " ms, recall "
              + round(recall[a])
              + ", ratio "
              + round(exact / mean));
    }
  }

  private static String label(boolean expanded, int hits) {
    return (expanded ? "expanded" : "short") + " k=" + hits;
  }

  private void report(String label, SparseIndex index, double[] millis, double[] baseline) {
    double[] sorted = millis.clone();
    Arrays.sort(sorted);
    double mean = Arrays.stream(millis).average().orElseThrow();
    double[] base = baseline.clone();
    Arrays.sort(base);
    out.println(
        label
            + " "
            + index
            + ": mean "
            + round(mean)
            + " p50 "
            + round(sorted[sorted.length / 2])
            + " p99 "
            + round(sorted[sorted.length * 99 / 100])
            + " ms; mean ratio "
            + round(Arrays.stream(baseline).average().orElseThrow() / mean)
            + ", p99 ratio "
            + round(base[base.length * 99 / 100] / sorted[sorted.length * 99 / 100]));
  }

  private static double round(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
