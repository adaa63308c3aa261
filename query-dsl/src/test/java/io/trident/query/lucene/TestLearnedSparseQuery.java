package io.trident.query.lucene;

import static io.trident.codec.impacts.ImpactVectorField.ORDERED_TYPE;

import io.trident.codec.impacts.ImpactQuantizer;
import io.trident.codec.impacts.ImpactVectorField;
import io.trident.codec.impacts104.Impacts104PostingsFormat;
import io.trident.query.lucene.BlockCounts.Count;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.IntPoint;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.memory.MemoryIndex;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.CollectionStatistics;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.SortedNumericSortField;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.analysis.MockAnalyzer;
import org.apache.lucene.tests.index.RandomIndexWriter;
import org.apache.lucene.tests.search.CheckHits;
import org.apache.lucene.tests.search.QueryUtils;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.Bits;

/** Compares the query with scoring every document by its stored impacts. */
public class TestLearnedSparseQuery extends LuceneTestCase {

  private static final String FIELD = "impacts";
  private static final int HASHES = 10_000;
  private static final ImpactQuantizer QUANTIZER = new ImpactQuantizer(4);

  private Directory directory;
  private DirectoryReader reader;
  private IndexSearcher searcher;
  private final Map<String, Map<String, Integer>> stored = new HashMap<>();

  private void index(int docs, int vocabulary, boolean changes) throws IOException {
    directory = newDirectory();
    IndexWriterConfig config =
        newIndexWriterConfig()
            .setCodec(TestUtil.alwaysPostingsFormat(new Impacts104PostingsFormat()));
    FieldType type = random().nextBoolean() ? ImpactVectorField.TYPE : ORDERED_TYPE;
    if (type == ORDERED_TYPE) {
      config.setIndexSort(new Sort(new SortedNumericSortField(FIELD, SortField.Type.LONG)));
    }
    try (RandomIndexWriter writer = new RandomIndexWriter(random(), directory, config)) {
      for (int i = 0; i < docs; i++) {
        String id =
            Integer.toString(changes && random().nextInt(10) == 0 ? random().nextInt(i + 1) : i);
        Map<String, Integer> impacts = randomImpacts(vocabulary);
        stored.put(id, impacts);
        writer.updateDocument(new Term("id", id), document(id, impacts, type));
        if (changes && random().nextInt(20) == 0) {
          String deleted = Integer.toString(random().nextInt(i + 1));
          stored.remove(deleted);
          writer.deleteDocuments(new Term("id", deleted));
        }
      }
      if (random().nextBoolean()) {
        writer.forceMerge(1 + random().nextInt(3));
      }
      reader = writer.getReader();
    }
    searcher = newSearcher(reader);
  }

  private static Map<String, Integer> randomImpacts(int vocabulary) {
    Map<String, Integer> impacts = new TreeMap<>();
    int terms = random().nextInt(30);
    for (int t = 0; t < terms; t++) {
      int token = (int) (vocabulary * Math.pow(random().nextDouble(), 3));
      impacts.put("t" + token, 1 + random().nextInt(255));
    }
    return impacts;
  }

  private static Document document(String id, Map<String, Integer> impacts, FieldType type) {
    Document document = new Document();
    document.add(new StringField("id", id, Field.Store.YES));
    document.add(new StringField("parity", Integer.toString(id.hashCode() & 1), Field.Store.NO));
    document.add(
        new ImpactVectorField(
            FIELD,
            List.copyOf(impacts.keySet()),
            impacts.values().stream().mapToInt(Integer::intValue).toArray(),
            type));
    document.add(new IntPoint("hash", id.hashCode() % HASHES));
    return document;
  }

  @Override
  public void tearDown() throws Exception {
    if (reader != null) {
      reader.close();
      directory.close();
    }
    super.tearDown();
  }

  private static LearnedSparseQuery randomQuery(int vocabulary) {
    Map<String, Float> weights = new TreeMap<>();
    int terms = 1 + random().nextInt(30);
    for (int t = 0; t < terms; t++) {
      weights.put("t" + random().nextInt(vocabulary), 0.01f + 3 * random().nextFloat());
    }
    float[] floats = new float[weights.size()];
    int i = 0;
    for (float weight : weights.values()) {
      floats[i++] = weight;
    }
    return new LearnedSparseQuery(FIELD, List.copyOf(weights.keySet()), floats, QUANTIZER);
  }

  /** Every live document with its score, best first, ties by document. */
  private List<ScoreDoc> bruteForce(LearnedSparseQuery query, String parity) throws IOException {
    SparseQueryVector vector = query.vector();
    List<ScoreDoc> hits = new ArrayList<>();
    StoredFields storedFields = reader.storedFields();
    for (LeafReaderContext leaf : reader.leaves()) {
      Bits live = leaf.reader().getLiveDocs();
      for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
        if (live != null && live.get(doc) == false) {
          continue;
        }
        String id = storedFields.document(leaf.docBase + doc).get("id");
        if (parity != null && parity.equals(Integer.toString(id.hashCode() & 1)) == false) {
          continue;
        }
        long sum = 0;
        for (int i = 0; i < vector.tokens().length; i++) {
          sum +=
              vector.weight(i) * stored.get(id).getOrDefault(vector.tokens()[i].utf8ToString(), 0);
        }
        if (sum > 0) {
          hits.add(new ScoreDoc(leaf.docBase + doc, vector.score(sum)));
        }
      }
    }
    hits.sort(Comparator.comparing((ScoreDoc hit) -> -hit.score).thenComparing(hit -> hit.doc));
    return hits;
  }

  private static void assertTop(List<ScoreDoc> expected, ScoreDoc[] actual, int k) {
    assertEquals(Math.min(k, expected.size()), actual.length);
    for (int i = 0; i < actual.length; i++) {
      assertEquals("document at rank " + i, expected.get(i).doc, actual[i].doc);
      assertEquals("score at rank " + i, expected.get(i).score, actual[i].score, 0);
    }
  }

  private static List<Integer> docs(List<ScoreDoc> hits, int k) {
    return hits.stream().limit(k).map(hit -> hit.doc).toList();
  }

  private TopDocs pruned(Query query, int k) throws IOException {
    return searcher.search(query, new TopScoreDocCollectorManager(k, null, 1));
  }

  public void testEqualsBruteForce() throws IOException {
    index(5000, 300, true);
    for (int i = 0; i < 20; i++) {
      LearnedSparseQuery query = randomQuery(300);
      List<ScoreDoc> expected = bruteForce(query, null);
      int k = random().nextBoolean() ? 100 : 1 + random().nextInt(1000);
      assertTop(expected, pruned(query, k).scoreDocs, k);
      assertTop(expected, pruned(query.keeping(k), k).scoreDocs, k);
      Query boosted = new BoostQuery(query.keeping(k), 1.7f);
      assertEquals(docs(expected, k), docs(List.of(pruned(boosted, k).scoreDocs), k));
      assertEquals(expected.size(), searcher.count(query));
    }
  }

  public void testUnderFilterAndInsideBoolean() throws IOException {
    index(3000, 200, true);
    for (int i = 0; i < 10; i++) {
      LearnedSparseQuery query = randomQuery(200);
      Query filtered =
          new BooleanQuery.Builder()
              .add(query, BooleanClause.Occur.MUST)
              .add(new TermQuery(new Term("parity", "1")), BooleanClause.Occur.FILTER)
              .build();
      assertTop(bruteForce(query, "1"), pruned(filtered, 50).scoreDocs, 50);
      Query either =
          new BooleanQuery.Builder()
              .add(query, BooleanClause.Occur.SHOULD)
              .add(new TermQuery(new Term("parity", "0")), BooleanClause.Occur.SHOULD)
              .build();
      CheckHits.checkTopScores(random(), either, searcher);
      CheckHits.checkTopScores(random(), filtered, searcher);
    }
  }

  public void testKeepsAsManyAsItIsAskedFor() throws IOException {
    index(12_000, 100, true);
    LearnedSparseQuery query = randomQuery(100);
    List<ScoreDoc> expected = bruteForce(query, null);
    for (int k : new int[] {1, 2, 10, 127, 128, 1_000, 9_999, 10_000}) {
      assertTop(expected, pruned(query.keeping(k), k).scoreDocs, k);
    }
  }

  public void testUnderFiltersOfAnySelectivity() throws IOException {
    index(8000, 100, true);
    LearnedSparseQuery query = randomQuery(100);
    List<ScoreDoc> all = bruteForce(query, null);
    StoredFields storedFields = reader.storedFields();
    for (int hashes : new int[] {1, 10, 100, 1_000, 5_000, HASHES}) {
      List<ScoreDoc> expected = new ArrayList<>();
      for (ScoreDoc hit : all) {
        int hash = storedFields.document(hit.doc).get("id").hashCode() % HASHES;
        if (hash < hashes) {
          expected.add(hit);
        }
      }
      Query filtered =
          new BooleanQuery.Builder()
              .add(query, BooleanClause.Occur.MUST)
              .add(IntPoint.newRangeQuery("hash", 0, hashes - 1), BooleanClause.Occur.FILTER)
              .build();
      int k = 1 + random().nextInt(200);
      assertTop(expected, pruned(filtered, k).scoreDocs, k);
      assertEquals(expected.size(), searcher.count(filtered));
      Query without =
          new BooleanQuery.Builder()
              .add(IntPoint.newRangeQuery("hash", 0, hashes - 1), BooleanClause.Occur.MUST)
              .add(query, BooleanClause.Occur.MUST_NOT)
              .build();
      int inRange = searcher.count(IntPoint.newRangeQuery("hash", 0, hashes - 1));
      assertEquals(inRange - expected.size(), searcher.count(without));
    }
  }

  public void testBoundsOfTheHeaviestTokensAreEnoughForExactness() throws IOException {
    index(4000, 200, true);
    for (int i = 0; i < 10; i++) {
      LearnedSparseQuery query = randomQuery(200);
      List<ScoreDoc> expected = bruteForce(query, null);
      float mass = 0.01f + 0.99f * random().nextFloat();
      LearnedSparseQuery lazy =
          query.approximate(new Approximation(mass, Integer.MAX_VALUE, 1)).keeping(20);
      assertTop(expected, pruned(lazy, 20).scoreDocs, 20);
      assertEquals(expected.size(), searcher.count(lazy));
    }
  }

  public void testMoreBlocksFindMore() throws IOException {
    index(6000, 200, true);
    for (int i = 0; i < 10; i++) {
      LearnedSparseQuery query = randomQuery(200);
      List<ScoreDoc> expected = bruteForce(query, null);
      List<Integer> top = docs(expected, 50);
      float mass = 0.3f + 0.7f * random().nextFloat();
      int last = 0;
      for (int blocks : new int[] {1, 2, 4, 8, 100}) {
        LearnedSparseQuery some = query.approximate(new Approximation(mass, blocks, 1)).keeping(50);
        ScoreDoc[] found = pruned(some, 50).scoreDocs;
        assertScoresAreExact(expected, found);
        int right = (int) docs(List.of(found), 50).stream().filter(top::contains).count();
        assertTrue(right + " after " + last, right >= last);
        last = right;
      }
      assertEquals(top.size(), last);
    }
  }

  public void testAnOverestimateLosesHitsAndNoScore() throws IOException {
    index(6000, 200, true);
    for (int i = 0; i < 10; i++) {
      LearnedSparseQuery query = randomQuery(200);
      List<ScoreDoc> expected = bruteForce(query, null);
      float overestimate = 1 + 2 * random().nextFloat();
      LearnedSparseQuery fast =
          query.approximate(new Approximation(1, Integer.MAX_VALUE, overestimate)).keeping(10);
      ScoreDoc[] found = pruned(fast, 10).scoreDocs;
      assertScoresAreExact(expected, found);
      assertEquals("all of a page", Math.min(10, expected.size()), found.length);
    }
  }

  private static void assertScoresAreExact(List<ScoreDoc> exact, ScoreDoc[] found) {
    Map<Integer, Float> scores = new HashMap<>();
    exact.forEach(hit -> scores.put(hit.doc, hit.score));
    for (ScoreDoc hit : found) {
      assertEquals(scores.get(hit.doc), hit.score, 0);
    }
  }

  public void testWeightsTimesInverseDocumentFrequency() throws IOException {
    index(3000, 100, false);
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
    index(6000, 200, false);
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

  public void testCountsABlockOnce() throws IOException {
    index(1_000, 5, false);
    SparseQueryVector vector =
        new LearnedSparseQuery(FIELD, List.of("t0"), new float[] {1}, QUANTIZER).vector();
    for (LeafReaderContext leaf : reader.leaves()) {
      Map<Count, Integer> done = new EnumMap<>(Count.class);
      BlockCounts counts = (what, count) -> done.merge(what, count, Integer::sum);
      Terms terms = leaf.reader().terms(FIELD);
      if (terms == null) {
        continue;
      }
      QueryBlocks blocks =
          QueryBlocks.open(
              QueryBlocks.impactTerms(leaf.reader(), FIELD, terms),
              leaf.reader().maxDoc(),
              vector,
              Approximation.NONE,
              counts);
      for (int block = 0; blocks != null && block < 2 * blocks.count(); block++) {
        blocks.score(block / 2, 1);
      }
      assertEquals(done.get(Count.BLOCKS), done.get(Count.BLOCKS_SCORED));
    }
  }

  public void testIsAWellBehavedQuery() throws IOException {
    index(2000, 60, false);
    for (int i = 0; i < 5; i++) {
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

  public void testWeightsOfManyTokensAreToldApart() throws IOException {
    index(50, 3, false);
    List<String> tokens = IntStream.range(0, 60_000).mapToObj(i -> "t" + i).toList();
    float[] weights = new float[tokens.size()];
    Arrays.fill(weights, 1);
    weights[0] = 0.06f;
    weights[1] = 0.015f;
    LearnedSparseQuery query = new LearnedSparseQuery(FIELD, tokens, weights, QUANTIZER);
    SparseQueryVector vector = query.vector();
    assertEquals(4.0, (double) vector.weight(0) / vector.weight(1), 1e-3);
  }

  public void testTakesAsManyTokensAsASumHolds() throws IOException {
    index(200, 20, false);
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

  /** Weights are rounded, so that their sum may be above what they were checked for. */
  public void testTheLargestScoreIsFinite() {
    int above = 0;
    for (int i = 0; i < 1_000; i++) {
      float[] weights = new float[TestUtil.nextInt(random(), 1, 40)];
      List<String> tokens = IntStream.range(0, weights.length).mapToObj(Integer::toString).toList();
      for (int t = 0; t < weights.length; t++) {
        weights[t] = 1 + random().nextFloat();
      }
      double largest = ImpactQuantizer.MAX_IMPACT * QUANTIZER.step();
      double scale = Float.MAX_VALUE / largest / sum(weights) * (1 - 0x1p-23);
      for (int t = 0; t < weights.length; t++) {
        weights[t] = (float) (weights[t] * scale);
      }
      if (sum(weights) * largest > Float.MAX_VALUE) {
        continue; // refused
      }
      SparseQueryVector vector = new SparseQueryVector(tokens, weights, QUANTIZER);
      long sum = IntStream.range(0, weights.length).mapToLong(vector::weight).sum();
      float score = vector.score(sum * ImpactQuantizer.MAX_IMPACT);
      assertTrue(Float.isFinite(score));
      above += score == Float.MAX_VALUE ? 1 : 0;
      assertEquals(sum(weights) * largest, score, Float.MAX_VALUE * 1e-5);
    }
    assertTrue("no sum was rounded up", above > 0);
  }

  private static double sum(float[] weights) {
    double sum = 0;
    for (float weight : weights) {
      sum += weight;
    }
    return sum;
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
