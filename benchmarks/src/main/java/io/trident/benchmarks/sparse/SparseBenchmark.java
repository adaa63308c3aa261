package io.trident.benchmarks.sparse;

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
 * queries interleaved, and prints latencies, ratios, bytes and build times. A query's latency is
 * the processor time of the searching thread, the least of some rounds, so that other work on the
 * machine shows little.
 *
 * <p>Arguments: the folder of a {@link SparseCollection}, a folder for the indices, and how many
 * documents to take.
 */
public final class SparseBenchmark {

  private static final int QUERIES = 500;
  private static final int ROUNDS = 5;

  private final PrintStream out;
  private final SparseCollection collection;
  private final Map<SparseIndex, IndexSearcher> searchers = new EnumMap<>(SparseIndex.class);

  private SparseBenchmark(PrintStream out, SparseCollection collection) {
    this.out = out;
    this.collection = collection;
  }

  /** Runs the comparison. */
  public static void main(String[] args) throws IOException {
    if (args.length != 3) {
      throw new IllegalArgumentException(
          "arguments must be a collection, a folder for indices and a number of documents, got "
              + Arrays.toString(args));
    }
    SparseCollection collection = new SparseCollection(Path.of(args[0]));
    Path indices = Path.of(args[1]);
    int limit = Integer.parseInt(args[2]);
    SparseBenchmark benchmark = new SparseBenchmark(System.out, collection);
    for (SparseIndex index : SparseIndex.values()) {
      Directory directory = index.open(indices, collection, limit);
      benchmark.add(index, directory, SparseIndex.buildSeconds(indices, index, limit));
    }
    for (String queries : List.of("queries_exp.jsonl", "queries_short.jsonl")) {
      for (int hits : new int[] {10, 100, 1000}) {
        benchmark.compare(queries, hits);
      }
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

  private void compare(String file, int hits) throws IOException {
    List<SparseCollection.Vector> queries = collection.queries(file, QUERIES);
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
          Query query = index.query(queries.get(q), hits);
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
      report(file, hits, index, millis.get(index), base);
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

  private void report(
      String file, int hits, SparseIndex index, double[] millis, double[] baseline) {
    double[] sorted = millis.clone();
    Arrays.sort(sorted);
    double mean = Arrays.stream(millis).average().orElseThrow();
    double[] base = baseline.clone();
    Arrays.sort(base);
    out.println(
        file
            + " k="
            + hits
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
