/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import io.trident.codec.tokenvectors104.TokenVectors104DocValuesFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.codecs.asserting.AssertingCodec;
import org.apache.lucene.tests.index.AssertingDirectoryReader;
import org.apache.lucene.tests.search.CheckHits;
import org.apache.lucene.tests.search.QueryUtils;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Compares MaxSim on codes with MaxSim on the floats, over updates, deletes and merges. */
public class TestMaxSimQuery extends LuceneTestCase {

  private static final String FIELD = "tokens";

  private static float[] vectors(int count, int dimension) {
    float[] out = new float[count * dimension];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) random().nextGaussian();
    }
    return out;
  }

  private static double maxSim(float[] query, float[] document, int dimension, boolean cosine) {
    double sum = 0;
    for (int q = 0; q < query.length; q += dimension) {
      double best = Double.NEGATIVE_INFINITY;
      for (int d = 0; d < document.length; d += dimension) {
        double dot = dot(query, q, document, d, dimension);
        double lengths =
            Math.sqrt(dot(query, q, query, q, dimension))
                * Math.sqrt(dot(document, d, document, d, dimension));
        best = Math.max(best, cosine ? dot / lengths : dot);
      }
      sum += best;
    }
    return Math.max(0, sum);
  }

  private static double dot(float[] a, int i, float[] b, int j, int length) {
    double sum = 0;
    for (int k = 0; k < length; k++) {
      sum += (double) a[i + k] * b[j + k];
    }
    return sum;
  }

  private static IndexWriterConfig config(TokenVectorsEncoding encoding, TokenSimilarity by) {
    return newIndexWriterConfig()
        .setCodec(
            new AssertingCodec() {
              @Override
              public DocValuesFormat getDocValuesFormatForField(String field) {
                return field.equals(FIELD)
                    ? new TokenVectors104DocValuesFormat(encoding, by)
                    : TestUtil.getDefaultDocValuesFormat();
              }
            });
  }

  /** Over a filter or none: a parallel reader above a filter would hide ours for good. */
  private static IndexSearcher searcher(DirectoryReader reader) throws IOException {
    return newSearcher(
        random().nextBoolean() ? new AssertingDirectoryReader(reader) : reader, false);
  }

  /** Without a filter, for what Lucene checks may put the reader into a parallel one. */
  private static void checkContract(MaxSimQuery query, DirectoryReader reader) throws IOException {
    QueryUtils.check(random(), query, newSearcher(reader, false));
  }

  public void testFloatsAndEightBitsAgreeWithFloats() throws Exception {
    for (TokenSimilarity by : TokenSimilarity.values()) {
      check(TokenVectorsEncoding.FLOAT32, by, 1e-4);
      check(TokenVectorsEncoding.BITS_8, by, 0.02);
      check(TokenVectorsEncoding.BITS_4, by, 0.12);
      check(TokenVectorsEncoding.BITS_2, by, 0.45);
      check(TokenVectorsEncoding.BITS_1, by, 1);
    }
  }

  /** The tolerance is a share of the number of query vectors times the typical similarity. */
  private void check(TokenVectorsEncoding encoding, TokenSimilarity by, double tolerance)
      throws Exception {
    int dimension = TestUtil.nextInt(random(), 64, 200);
    Map<String, float[]> live = new HashMap<>();
    try (Directory directory = newDirectory();
        IndexWriter writer = new IndexWriter(directory, config(encoding, by))) {
      for (int i = 0; i < 60; i++) {
        String id = Integer.toString(random().nextInt(50));
        int tokens = random().nextInt(12);
        float[] values = vectors(tokens, dimension);
        int[] ids = new int[tokens];
        Arrays.setAll(ids, t -> random().nextInt(30522));
        Document document = new Document();
        document.add(new StringField("id", id, Field.Store.YES));
        document.add(new TokenVectorsField(FIELD, dimension, values, ids));
        writer.updateDocument(new Term("id", id), document);
        live.put(id, values);
        if (random().nextInt(10) == 0) {
          writer.commit();
        }
      }
      if (random().nextBoolean()) {
        writer.forceMerge(1);
      }
      float[] query = vectors(5, dimension);
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        IndexSearcher searcher = searcher(reader);
        MaxSimQuery maxSim = new MaxSimQuery(FIELD, dimension, query);
        if (reader.hasDeletions() == false) { // its skip test takes deleted documents for hits
          checkContract(maxSim, reader);
        }
        TopDocs top = searcher.search(maxSim, 100);
        CheckHits.checkExplanations(maxSim, FIELD, searcher);
        assertEquals(
            live.values().stream().filter(v -> v.length > 0).count(), top.scoreDocs.length);
        double unit = by == TokenSimilarity.COSINE ? 1 : dimension;
        for (ScoreDoc hit : top.scoreDocs) {
          String id = searcher.storedFields().document(hit.doc).get("id");
          double expected = maxSim(query, live.get(id), dimension, by == TokenSimilarity.COSINE);
          assertEquals(encoding + " " + by, expected, hit.score, tolerance * unit);
        }
      }
    }
  }

  public void testOtherDocValuesAreRefused() throws Exception {
    try (Directory directory = newDirectory();
        IndexWriter writer = new IndexWriter(directory, newIndexWriterConfig())) {
      Document document = new Document();
      document.add(new BinaryDocValuesField(FIELD, newBytesRef("x")));
      writer.addDocument(document);
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        IndexSearcher searcher = new IndexSearcher(reader);
        MaxSimQuery query = new MaxSimQuery(FIELD, 8, new float[8]);
        IllegalArgumentException e =
            expectThrows(IllegalArgumentException.class, () -> searcher.search(query, 1));
        assertTrue(e.getMessage(), e.getMessage().contains("index.codec"));
      }
    }
  }

  /**
   * A query vector meets the tokens of its own id alone, as in COIL, whose vectors may be short.
   */
  public void testTheSameTokens() throws Exception {
    TokenSimilarity by = TokenSimilarity.DOT_PRODUCT;
    for (int dimension : new int[] {1, 2, 3, 7, 8, TestUtil.nextInt(random(), 9, 32)}) {
      checkSameTokens(TokenVectorsEncoding.FLOAT32, by, dimension, 1e-4);
      checkSameTokens(TokenVectorsEncoding.BITS_8, by, dimension, 0.02 * dimension);
      checkSameTokens(TokenVectorsEncoding.FLOAT32, TokenSimilarity.COSINE, dimension, 1e-4);
    }
    checkSameTokens(TokenVectorsEncoding.BITS_2, by, 64, 0.45 * 64);
  }

  private void checkSameTokens(
      TokenVectorsEncoding encoding, TokenSimilarity by, int dimension, double tolerance)
      throws Exception {
    List<float[]> documents = new ArrayList<>();
    List<int[]> documentIds = new ArrayList<>();
    try (Directory directory = newDirectory();
        IndexWriter writer = new IndexWriter(directory, config(encoding, by))) {
      for (int i = 0; i < 40; i++) {
        int tokens = 1 + random().nextInt(random().nextInt(10) == 0 ? 300 : 12);
        documents.add(vectors(tokens, dimension));
        documentIds.add(random().ints(tokens, 0, 20).toArray());
        Document document = new Document();
        document.add(new TokenVectorsField(FIELD, dimension, documents.get(i), documentIds.get(i)));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
      float[] query = vectors(5, dimension);
      int[] ids = {3, 7, 7, 19, 1_000};
      MaxSimQuery same = new MaxSimQuery(FIELD, dimension, query).sameTokens(ids);
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        IndexSearcher searcher = searcher(reader);
        checkContract(same, reader);
        CheckHits.checkExplanations(same, FIELD, searcher);
        for (ScoreDoc hit : searcher.search(same, 100).scoreDocs) {
          double sum = 0;
          for (int q = 0; q < ids.length; q++) {
            sum += best(query, q, ids[q], documents.get(hit.doc), documentIds.get(hit.doc), by);
          }
          assertEquals(encoding.label(), Math.max(0, sum), hit.score, tolerance);
        }
      }
    }
  }

  /** The best similarity of a query vector with a token of an id; 0 when there is none. */
  private static double best(
      float[] query, int q, int id, float[] document, int[] ids, TokenSimilarity by) {
    int dimension = document.length / ids.length;
    float[] one = Arrays.copyOfRange(query, q * dimension, (q + 1) * dimension);
    double best = Double.NEGATIVE_INFINITY;
    for (int t = 0; t < ids.length; t++) {
      if (ids[t] == id) {
        double dot = dot(one, 0, document, t * dimension, dimension);
        double lengths =
            Math.sqrt(dot(one, 0, one, 0, dimension))
                * Math.sqrt(dot(document, t * dimension, document, t * dimension, dimension));
        best = Math.max(best, by == TokenSimilarity.COSINE ? dot / lengths : dot);
      }
    }
    return best == Double.NEGATIVE_INFINITY ? 0 : best;
  }

  /** The score of a unit is that of a document with the unit's vectors alone. */
  public void testUnits() throws Exception {
    TokenSimilarity by = TokenSimilarity.DOT_PRODUCT;
    int dimension = TestUtil.nextInt(random(), 1, 100);
    List<float[]> documents = new ArrayList<>();
    List<int[]> starts = new ArrayList<>();
    try (Directory directory = newDirectory();
        IndexWriter writer = new IndexWriter(directory, config(TokenVectorsEncoding.FLOAT32, by))) {
      for (int i = 0; i < 40; i++) {
        int[] units = new int[1 + random().nextInt(6)];
        for (int u = 1; u < units.length; u++) {
          units[u] = units[u - 1] + 1 + random().nextInt(4);
        }
        int tokens = units[units.length - 1] + 1 + random().nextInt(9);
        documents.add(vectors(tokens, dimension));
        starts.add(units);
        Document document = new Document();
        document.add(new TokenVectorsField(FIELD, dimension, documents.get(i), new int[tokens]));
        if (units.length > 1 || random().nextBoolean()) {
          document.add(TokenUnits.value(FIELD, units));
        }
        writer.addDocument(document);
      }
      writer.forceMerge(1);
      float[] query = vectors(5, dimension);
      int count = 1 + random().nextInt(4);
      MaxSimQuery plain = new MaxSimQuery(FIELD, dimension, query);
      MaxSimQuery whole = plain.units(new MaxSimQuery.Units(false, count));
      MaxSimQuery best = plain.units(new MaxSimQuery.Units(true, count));
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        IndexSearcher searcher = searcher(reader);
        CheckHits.checkEqual(
            plain, searcher.search(plain, 40).scoreDocs, searcher.search(whole, 40).scoreDocs);
        checkContract(best, reader);
        CheckHits.checkExplanations(best, FIELD, searcher);
        for (ScoreDoc hit : searcher.search(best, 40).scoreDocs) {
          List<MaxSimQuery.Unit> told = best.bestUnits(reader.leaves().get(0), hit.doc);
          assertEquals(Math.min(count, starts.get(hit.doc).length), told.size());
          assertEquals(Math.max(0, told.get(0).score()), hit.score, 0);
          checkUnits(told, query, documents.get(hit.doc), starts.get(hit.doc), dimension);
        }
      }
    }
  }

  private static void checkUnits(
      List<MaxSimQuery.Unit> told, float[] query, float[] document, int[] starts, int dimension) {
    Map<Integer, Double> scores = new HashMap<>();
    for (int u = 0; u < starts.length; u++) {
      int end = u + 1 < starts.length ? starts[u + 1] * dimension : document.length;
      double sum = 0;
      for (int q = 0; q < query.length; q += dimension) {
        double nearest = Double.NEGATIVE_INFINITY;
        for (int d = starts[u] * dimension; d < end; d += dimension) {
          nearest = Math.max(nearest, dot(query, q, document, d, dimension));
        }
        sum += nearest;
      }
      scores.put(starts[u], sum);
    }
    double before = scores.values().stream().mapToDouble(score -> score).max().getAsDouble();
    assertEquals(before, told.get(0).score(), 1e-3);
    for (MaxSimQuery.Unit unit : told) {
      double expected = scores.remove(unit.first());
      assertEquals(expected, unit.score(), 1e-3);
      assertTrue(expected <= before + 1e-3);
      before = expected;
    }
  }

  public void testTheSameTokensNeedAnIdPerVectorAndNoCandidates() {
    MaxSimQuery query = new MaxSimQuery(FIELD, 8, new float[16]);
    MaxSimQuery candidates =
        new MaxSimQuery(FIELD, 8, new float[16], new MaxSimQuery.FirstStage(30, 8), null);
    for (int count : new int[] {0, 1, 3}) {
      expectThrows(IllegalArgumentException.class, () -> query.sameTokens(new int[count]));
    }
    expectThrows(IllegalArgumentException.class, () -> candidates.sameTokens(new int[2]));
    assertEquals(query.sameTokens(new int[2]), query.sameTokens(new int[2]));
    assertNotEquals(query.sameTokens(new int[2]), query.sameTokens(new int[] {0, 1}));
    assertNotEquals(query.sameTokens(new int[2]), query);
  }

  /** Enough tokens for centroids; documents of one word's tokens and some others. */
  private static void addWords(IndexWriter writer, float[] words, int documents, int tokens)
      throws Exception {
    for (int i = 0; i < documents; i++) {
      float[] values = new float[tokens * 8];
      int[] ids = new int[tokens];
      for (int t = 0; t < tokens; t++) {
        ids[t] = random().nextInt(t < tokens / 2 ? 3 : words.length / 8);
        for (int d = 0; d < 8; d++) {
          values[t * 8 + d] = words[ids[t] * 8 + d] + 0.2f * (float) random().nextGaussian();
        }
      }
      addDocument(writer, i, values, ids);
    }
  }

  private static void addDocument(IndexWriter writer, int id, float[] values, int[] tokenIds)
      throws Exception {
    Document document = new Document();
    document.add(new StringField("id", Integer.toString(id), Field.Store.YES));
    document.add(new StringField("parity", id % 2 == 0 ? "even" : "odd", Field.Store.NO));
    document.add(new TokenVectorsField(FIELD, 8, values, tokenIds));
    writer.addDocument(document);
  }

  /** The best document has all five words of the query, the others seldom more than two. */
  public void testFirstStage() throws Exception {
    float[] words = vectors(200, 8);
    float[] query = Arrays.copyOfRange(words, 100 * 8, 105 * 8);
    try (Directory directory = newDirectory();
        IndexWriter writer =
            new IndexWriter(
                directory, config(TokenVectorsEncoding.BITS_4, TokenSimilarity.COSINE))) {
      addWords(writer, words, 500, 80);
      addDocument(writer, 500, query, new int[] {100, 101, 102, 103, 104});
      writer.forceMerge(1);
      for (int i = 0; i < 20; i++) {
        writer.deleteDocuments(new Term("id", Integer.toString(random().nextInt(500))));
      }
      MaxSimQuery all = new MaxSimQuery(FIELD, 8, query);
      MaxSimQuery wide =
          new MaxSimQuery(FIELD, 8, query, new MaxSimQuery.FirstStage(1000, 100_000), null);
      MaxSimQuery few = new MaxSimQuery(FIELD, 8, query, new MaxSimQuery.FirstStage(30, 8), null);
      Query even = new TermQuery(new Term("parity", "even"));
      MaxSimQuery filtered =
          new MaxSimQuery(FIELD, 8, query, new MaxSimQuery.FirstStage(30, 8), even);
      MaxSimQuery none =
          new MaxSimQuery(
              FIELD, 8, query, new MaxSimQuery.FirstStage(30, 8), new MatchNoDocsQuery("test"));
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        IndexSearcher searcher = new IndexSearcher(reader);
        CheckHits.checkEqual(
            all, searcher.search(all, 501).scoreDocs, searcher.search(wide, 501).scoreDocs);
        assertEquals(30, searcher.count(few));
        assertEquals(30, searcher.count(filtered));
        assertEquals(0, searcher.count(none));
        for (ScoreDoc hit : searcher.search(filtered, 30).scoreDocs) {
          String id = searcher.storedFields().document(hit.doc).get("id");
          assertEquals(0, Integer.parseInt(id) % 2);
          assertEquals(hit.score, searcher.explain(all, hit.doc).getValue().floatValue(), 0);
        }
        CheckHits.checkExplanations(filtered, FIELD, searcher);
        for (Query each : new Query[] {all, few, filtered}) {
          int best = searcher.search(each, 1).scoreDocs[0].doc;
          assertEquals("500", searcher.storedFields().document(best).get("id"));
        }
      }
    }
  }

  public void testFilterWithoutFirstStage() throws Exception {
    float[] words = vectors(50, 8);
    try (Directory directory = newDirectory();
        IndexWriter writer =
            new IndexWriter(
                directory, config(TokenVectorsEncoding.BITS_2, TokenSimilarity.COSINE))) {
      addWords(writer, words, 60, 5);
      Query odd = new TermQuery(new Term("parity", "odd"));
      MaxSimQuery query = new MaxSimQuery(FIELD, 8, Arrays.copyOf(words, 16), null, odd);
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        checkContract(query, reader);
        assertEquals(30, searcher(reader).count(query));
      }
    }
  }

  /** Two segments with centroids and one without; the best document is the last of the second. */
  public void testABudgetIsSpentOnWhatPromisesMostInAnySegment() throws Exception {
    float[] words = vectors(200, 8);
    float[] vectors = Arrays.copyOfRange(words, 100 * 8, 105 * 8);
    try (Directory directory = newDirectory();
        IndexWriter writer =
            new IndexWriter(
                directory,
                config(TokenVectorsEncoding.BITS_4, TokenSimilarity.COSINE)
                    .setMergePolicy(NoMergePolicy.INSTANCE)
                    .setMaxBufferedDocs(1_000)
                    .setRAMBufferSizeMB(64))) {
      addWords(writer, words, 500, 80);
      writer.commit();
      addWords(writer, words, 500, 80);
      addDocument(writer, 500, vectors, new int[] {100, 101, 102, 103, 104});
      writer.commit();
      writer.deleteDocuments(new Term("id", "3"));
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        IndexSearcher searcher = new IndexSearcher(reader);
        MaxSimQuery all =
            new MaxSimQuery(FIELD, 8, vectors, new MaxSimQuery.FirstStage(30, 8), null);
        ScoringBudget ample = new ScoringBudget(TimeUnit.HOURS.toNanos(1));
        CheckHits.checkEqual(
            all,
            searcher.search(all, 100).scoreDocs,
            searcher.search(all.budget(ample), 100).scoreDocs);
        assertEquals(60, ample.scored());
        assertEquals(0, ample.skipped());
        ScoringBudget none = new ScoringBudget(1);
        TopDocs first = searcher.search(all.budget(none), 100);
        assertEquals(BudgetedRounds.FIRST_ROUND, first.scoreDocs.length);
        assertEquals("500", searcher.storedFields().document(first.scoreDocs[0].doc).get("id"));
        assertEquals(searcher.search(all, 1).scoreDocs[0].score, first.scoreDocs[0].score, 0);
        assertEquals(BudgetedRounds.FIRST_ROUND, none.scored());
        assertEquals(60 - BudgetedRounds.FIRST_ROUND, none.skipped());
        assertEquals("what only filters is not scored", 60, searcher.count(all.budget(none)));
      }
    }
  }

  public void testDocumentsWithoutCentroidsAreScoredFirstAndWithinTheFilter() throws Exception {
    float[] words = vectors(50, 8);
    try (Directory directory = newDirectory();
        IndexWriter writer =
            new IndexWriter(
                directory, config(TokenVectorsEncoding.BITS_2, TokenSimilarity.COSINE))) {
      addWords(writer, words, 60, 5);
      writer.deleteDocuments(new Term("id", "7"));
      Query odd = new TermQuery(new Term("parity", "odd"));
      MaxSimQuery all =
          new MaxSimQuery(
              FIELD, 8, Arrays.copyOf(words, 16), new MaxSimQuery.FirstStage(5, 8), odd);
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        IndexSearcher searcher = searcher(reader);
        ScoringBudget ample = new ScoringBudget(TimeUnit.HOURS.toNanos(1));
        CheckHits.checkEqual(
            all,
            searcher.search(all, 100).scoreDocs,
            searcher.search(all.budget(ample), 100).scoreDocs);
        assertEquals(29, ample.scored());
        assertEquals(2, searcher.search(all.budget(new ScoringBudget(1)), 100).scoreDocs.length);
      }
    }
  }
}
