/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.benchmarks.sparse;

import io.trident.benchmarks.vectors.DataSet;
import io.trident.benchmarks.vectors.FileVectors;
import io.trident.benchmarks.vectors.Item;
import io.trident.benchmarks.vectors.RandomVectors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One query after the other over one segment: Lucene's feature fields, impacts in random order and
 * sorted, and the same without the vector module. System properties: {@code jmh.folder} for the
 * indices, {@code jmh.vectors} for a folder of {@link FileVectors} in place of {@link
 * RandomVectors}, {@code jmh.documents}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class LearnedSparseSearchBenchmark {

  private static final int QUERIES = 200;
  private static final float ROUNDING = 0.02f; // of a score, by weights of 8 bits

  /** Hits that are asked for. */
  @Param({"10", "100"})
  public int hits;

  private final Map<SparseIndex, IndexSearcher> searchers = new EnumMap<>(SparseIndex.class);
  private List<Item> queries;
  private int next;

  /** Opens the indices, and proves that all give the same answers but for rounded weights. */
  @Setup
  public void prepare() throws IOException {
    String folder = System.getProperty("jmh.vectors", "");
    DataSet data = folder.isEmpty() ? new RandomVectors() : new FileVectors(Path.of(folder));
    int documents = Integer.getInteger("jmh.documents", 50_000);
    Path indices = Path.of(System.getProperty("jmh.folder", "jmh"), data.name());
    for (SparseIndex index : SparseIndex.values()) {
      IndexSearcher searcher =
          new IndexSearcher(DirectoryReader.open(index.open(indices, data, documents)));
      searcher.setQueryCache(null);
      searchers.put(index, searcher);
    }
    queries = data.queries(true, QUERIES, documents);
    prove();
  }

  private void prove() throws IOException {
    for (Item query : queries) {
      ScoreDoc[] impacts = search(SparseIndex.IMPACTS, query);
      if (Arrays.equals(scores(impacts), scores(search(SparseIndex.ORDERED, query))) == false) {
        throw new IllegalStateException(
            "sorting has changed the scores of " + query.sparse().json());
      }
      Set<Integer> found = new HashSet<>();
      Arrays.stream(impacts).forEach(hit -> found.add(hit.doc));
      float least = impacts.length < hits ? 0 : impacts[hits - 1].score * (1 + ROUNDING);
      for (ScoreDoc hit : search(SparseIndex.FEATURES, query)) {
        if (hit.score > least && found.contains(hit.doc) == false) {
          throw new IllegalStateException(
              "impacts lack document [" + hit.doc + "] of " + query.sparse().json());
        }
      }
    }
  }

  private static float[] scores(ScoreDoc[] hits) {
    float[] scores = new float[hits.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = hits[i].score;
    }
    return scores;
  }

  private ScoreDoc[] search(SparseIndex index, Item query) throws IOException {
    return searchers
        .get(index)
        .search(index.query(query.sparse(), hits), new TopScoreDocCollectorManager(hits, null, 1))
        .scoreDocs;
  }

  private Item next() {
    next = (next + 1) % queries.size();
    return queries.get(next);
  }

  /** Lucene's feature fields in a Boolean query. */
  @Benchmark
  public ScoreDoc[] features() throws IOException {
    return search(SparseIndex.FEATURES, next());
  }

  /** Impacts in random order. */
  @Benchmark
  public ScoreDoc[] impacts() throws IOException {
    return search(SparseIndex.IMPACTS, next());
  }

  /** Impacts in an index that is sorted by them. */
  @Benchmark
  public ScoreDoc[] sortedImpacts() throws IOException {
    return search(SparseIndex.ORDERED, next());
  }

  /** Impacts in random order, by the scalar twins. */
  @Benchmark
  @Fork(value = 1)
  public ScoreDoc[] impactsScalar() throws IOException {
    return search(SparseIndex.IMPACTS, next());
  }

  /** Impacts in an index that is sorted by them, by the scalar twins. */
  @Benchmark
  @Fork(value = 1)
  public ScoreDoc[] sortedImpactsScalar() throws IOException {
    return search(SparseIndex.ORDERED, next());
  }
}
