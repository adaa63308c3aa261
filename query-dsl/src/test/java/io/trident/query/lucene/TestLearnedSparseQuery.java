/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.impacts.ImpactVectorField;
import io.trident.query.lucene.BlockCounts.Count;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ParallelLeafReader;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.memory.MemoryIndex;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.CollectionStatistics;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.tests.analysis.MockAnalyzer;
import org.apache.lucene.tests.index.RandomIndexWriter;
import org.apache.lucene.tests.search.CheckHits;
import org.apache.lucene.tests.search.QueryUtils;
import org.apache.lucene.tests.util.TestUtil;

/** Compares the query with scoring every document by its stored impacts. */
public class TestLearnedSparseQuery extends LearnedSparseTestCase {

  public void testEqualsBruteForce() throws IOException {
    index(2000, 300, true);
    for (int i = 0; i < 10; i++) {
      LearnedSparseQuery query = randomQuery(300);
      List<ScoreDoc> expected = bruteForce(query, null);
      int k = random().nextBoolean() ? 100 : 1 + random().nextInt(500);
      assertTop(expected, pruned(query, k).scoreDocs, k);
      assertTop(expected, pruned(query.keeping(k), k).scoreDocs, k);
      Query boosted = new BoostQuery(query.keeping(k), 1.7f);
      assertEquals(docs(expected, k), docs(List.of(pruned(boosted, k).scoreDocs), k));
      assertEquals(expected.size(), searcher.count(query));
    }
  }

  public void testWeightsTimesInverseDocumentFrequency() throws IOException {
    index(1000, 100, false);
    String[] tokens = {"t0", "t1", "t50", "absent"};
    float[] weights = {1, 0.5f, 2, 1};
    float[] weighted = weights.clone();
    CollectionStatistics statistics = searcher.collectionStatistics(FIELD);
    for (int i = 0; i < 3; i++) {
      int count = reader.docFreq(new Term(FIELD, tokens[i]));
      if (count > 0) {
        weighted[i] *= (float) Math.log(1 + (statistics.docCount() - count + 0.5) / (count + 0.5));
      }
    }
    LearnedSparseQuery plain = new LearnedSparseQuery(FIELD, List.of(tokens), weighted, QUANTIZER);
    LearnedSparseQuery idf =
        new LearnedSparseQuery(FIELD, List.of(tokens), weights, QUANTIZER).weightedByIdf();
    assertNotEquals(plain, idf);
    int k = 1 + random().nextInt(200);
    List<ScoreDoc> expected = bruteForce(plain, null);
    ScoreDoc[] found = pruned(idf.keeping(k), k).scoreDocs;
    assertEquals(Math.min(k, expected.size()), found.length);
    for (int rank = 0; rank < found.length; rank++) { // weights are rounded on another scale
      float score = expected.get(rank).score;
      assertEquals("rank " + rank, score, found[rank].score, 1e-3f * score);
    }
    QueryUtils.check(random(), idf, searcher);
    CheckHits.checkExplanations(idf, FIELD, searcher, true);
  }

  public void testParallelReadersAreExplained() throws IOException {
    index(300, 50, false);
    for (LeafReaderContext leaf : reader.leaves()) {
      try (LeafReader parallel = new ParallelLeafReader(false, leaf.reader())) {
        IndexSearcher beside = new IndexSearcher(parallel);
        CheckHits.checkExplanations(randomQuery(50), FIELD, beside, true);
      }
    }
  }

  public void testApproximationsOutOfRange() {
    for (float mass : new float[] {0, -1, 1.1f, Float.NaN}) {
      expectThrows(IllegalArgumentException.class, () -> new Approximation(mass, 1, 1));
    }
    expectThrows(IllegalArgumentException.class, () -> new Approximation(1, 0, 1));
    for (float overestimate : new float[] {0.9f, Float.NaN, Float.POSITIVE_INFINITY}) {
      expectThrows(IllegalArgumentException.class, () -> new Approximation(1, 1, overestimate));
    }
  }

  public void testCountsWhatItDoes() throws IOException {
    index(3000, 200, false);
    searcher = new IndexSearcher(reader); // asserting ones and caches iterate more than once
    searcher.setQueryCache(null);
    Map<Count, Long> done = new EnumMap<>(Count.class);
    BlockCounts counts =
        (what, count) -> {
          synchronized (done) {
            done.merge(what, (long) count, Long::sum);
          }
        };
    LearnedSparseQuery query = randomQuery(200);
    LearnedSparseQuery counted = query.counted((from, asked, leaf) -> counts).keeping(5);
    assertEquals(query.keeping(5), counted);
    int matches = searcher.count(counted);
    assertEquals(matches, (long) done.get(Count.DOCUMENTS));
    long all = done.get(Count.BLOCKS);
    assertTrue(done.toString(), done.get(Count.BLOCKS_SCORED) <= all);
    done.clear();
    pruned(counted, 5);
    assertTrue(done.toString(), done.get(Count.DOCUMENTS) <= matches);
    assertTrue(done.toString(), done.get(Count.BLOCKS_SCORED) <= all);
    assertTrue(done.toString(), done.get(Count.CELLS) >= done.get(Count.BLOCKS_SCORED));
  }

  public void testIsAWellBehavedQuery() throws IOException {
    index(500, 60, false);
    for (int i = 0; i < 3; i++) {
      LearnedSparseQuery query = randomQuery(60);
      QueryUtils.check(random(), query, searcher);
      CheckHits.checkTopScores(random(), new BoostQuery(query, 1.7f), searcher);
      CheckHits.checkExplanations(query, FIELD, searcher, true);
    }
  }

  /**
   * A percolator keeps the documents that it tries in memory, or in an index of the default codec.
   */
  public void testScoresDocumentsThatAreNotStoredAsImpacts() throws IOException {
    directory = newDirectory();
    IndexWriterConfig config = newIndexWriterConfig().setCodec(TestUtil.getDefaultCodec());
    MemoryIndex memory = new MemoryIndex();
    try (RandomIndexWriter writer = new RandomIndexWriter(random(), directory, config)) {
      for (int i = 0; i < 20; i++) {
        stored.put(Integer.toString(i), randomImpacts(60));
        Document document =
            document(Integer.toString(i), stored.get(Integer.toString(i)), ImpactVectorField.TYPE);
        writer.addDocument(document);
        if (i == 0) {
          memory = MemoryIndex.fromDocument(document, new MockAnalyzer(random()));
        }
      }
      reader = writer.getReader();
    }
    searcher = newSearcher(reader, false);
    for (int i = 0; i < 10; i++) {
      LearnedSparseQuery query = randomQuery(60);
      List<ScoreDoc> expected = bruteForce(query, null);
      assertTop(expected, searcher.search(query, 20).scoreDocs, 20);
      CheckHits.checkExplanations(query, FIELD, searcher, true);
      float first = 0;
      for (ScoreDoc hit : expected) {
        if (reader.storedFields().document(hit.doc).get("id").equals("0")) {
          first = hit.score;
        }
      }
      assertEquals(first, memory.search(query), 0);
    }
  }

  public void testEqualsADotProductOfAnyNumberOfTokens() throws IOException {
    index(100, 500, true);
    for (int size : new int[] {1, 30, 100, 400, 1_000, 3_000, 10_000, 65_535}) {
      List<String> tokens = IntStream.range(0, size).mapToObj(i -> "t" + i).toList();
      float[] weights = new float[size];
      float range = random().nextBoolean() ? 3 : 9; // powers of ten
      for (int i = 0; i < size; i++) {
        weights[i] = (float) Math.pow(10, -range * random().nextDouble());
      }
      LearnedSparseQuery query = new LearnedSparseQuery(FIELD, tokens, weights, QUANTIZER);
      ScoreDoc[] found = pruned(query.keeping(500), 500).scoreDocs;
      StoredFields storedFields = reader.storedFields();
      for (ScoreDoc hit : found) {
        Map<String, Integer> impacts = stored.get(storedFields.document(hit.doc).get("id"));
        double exact = 0;
        for (int i = 0; i < size; i++) {
          exact += weights[i] * QUANTIZER.step() * impacts.getOrDefault(tokens.get(i), 0);
        }
        assertEquals(size + " tokens", 1, hit.score / exact, 1.0 / 1_000);
      }
    }
  }

  public void testTakesAsManyTokensAsASumHolds() throws IOException {
    index(20, 20, false);
    List<String> tokens = IntStream.range(0, 65_535).mapToObj(i -> "t" + i).toList();
    float[] weights = new float[tokens.size()];
    Arrays.fill(weights, 1);
    weights[0] = 1e-6f;
    LearnedSparseQuery query = new LearnedSparseQuery(FIELD, tokens, weights, QUANTIZER);
    assertTop(bruteForce(query, null), pruned(query, 50).scoreDocs, 50);
    List<String> more = IntStream.range(0, 65_536).mapToObj(i -> "t" + i).toList();
    expectThrows(
        IllegalArgumentException.class,
        () -> new LearnedSparseQuery(FIELD, more, new float[more.size()], QUANTIZER));
  }

  public void testRefusesWeightsWhoseScoresAreInfinite() {
    float most = Float.MAX_VALUE / 4.001f;
    assertNotNull(new LearnedSparseQuery(FIELD, List.of("a"), new float[] {most}, QUANTIZER));
    for (float[] weights : new float[][] {{3e38f, 1}, {most, most}}) {
      IllegalArgumentException refused =
          expectThrows(
              IllegalArgumentException.class,
              () -> new LearnedSparseQuery(FIELD, List.of("a", "b"), weights, QUANTIZER));
      assertTrue(refused.getMessage(), refused.getMessage().contains("must give finite scores"));
    }
  }

  public void testRefusesMalformedWeights() {
    for (float weight : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
      expectThrows(
          IllegalArgumentException.class,
          () -> new LearnedSparseQuery(FIELD, List.of("a"), new float[] {weight}, QUANTIZER));
    }
    expectThrows(
        IllegalArgumentException.class,
        () -> new LearnedSparseQuery(FIELD, List.of("a", "b"), new float[] {1}, QUANTIZER));
  }
}
