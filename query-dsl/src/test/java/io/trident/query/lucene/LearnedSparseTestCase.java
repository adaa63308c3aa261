/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import static io.trident.codec.impacts.ImpactVectorField.ORDERED_TYPE;

import io.trident.codec.impacts.ImpactQuantizer;
import io.trident.codec.impacts.ImpactVectorField;
import io.trident.codec.impacts104.Impacts104PostingsFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.SortedNumericSortField;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.index.RandomIndexWriter;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;

/** Random indexes of impacts, and what a query finds when every document is scored. */
abstract class LearnedSparseTestCase extends LuceneTestCase {

  static final String FIELD = "impacts";

  static final int HASHES = 10_000;

  static final ImpactQuantizer QUANTIZER = new ImpactQuantizer(4);

  Directory directory;

  DirectoryReader reader;

  IndexSearcher searcher;

  final Map<String, Map<String, Integer>> stored = new HashMap<>();

  void index(int docs, int vocabulary, boolean changes) throws IOException {
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

  static Map<String, Integer> randomImpacts(int vocabulary) {
    Map<String, Integer> impacts = new TreeMap<>();
    int terms = random().nextInt(30);
    for (int t = 0; t < terms; t++) {
      int token = (int) (vocabulary * Math.pow(random().nextDouble(), 3));
      impacts.put("t" + token, 1 + random().nextInt(255));
    }
    return impacts;
  }

  static Document document(String id, Map<String, Integer> impacts, FieldType type) {
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

  static LearnedSparseQuery randomQuery(int vocabulary) {
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
  List<ScoreDoc> bruteForce(LearnedSparseQuery query, String parity) throws IOException {
    SparseQueryVector vector = query.vector();
    String[] tokens = tokens(vector);
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
        long sum = sum(vector, tokens, stored.get(id));
        if (sum > 0) {
          hits.add(new ScoreDoc(leaf.docBase + doc, vector.score(sum)));
        }
      }
    }
    hits.sort(Comparator.comparing((ScoreDoc hit) -> -hit.score).thenComparing(hit -> hit.doc));
    return hits;
  }

  static String[] tokens(SparseQueryVector vector) {
    return Arrays.stream(vector.tokens()).map(BytesRef::utf8ToString).toArray(String[]::new);
  }

  /** The exact sum of a document. */
  static long sum(SparseQueryVector vector, String[] tokens, Map<String, Integer> impacts) {
    long sum = 0;
    for (int i = 0; i < tokens.length; i++) {
      sum += vector.weight(i) * impacts.getOrDefault(tokens[i], 0);
    }
    return sum;
  }

  static void assertTop(List<ScoreDoc> expected, ScoreDoc[] actual, int k) {
    assertEquals(Math.min(k, expected.size()), actual.length);
    for (int i = 0; i < actual.length; i++) {
      assertEquals("document at rank " + i, expected.get(i).doc, actual[i].doc);
      assertEquals("score at rank " + i, expected.get(i).score, actual[i].score, 0);
    }
  }

  static List<Integer> docs(List<ScoreDoc> hits, int k) {
    return hits.stream().limit(k).map(hit -> hit.doc).toList();
  }

  TopDocs pruned(Query query, int k) throws IOException {
    return searcher.search(query, new TopScoreDocCollectorManager(k, null, 1));
  }

  static void assertScoresAreExact(List<ScoreDoc> exact, ScoreDoc[] found) {
    Map<Integer, Float> scores = new HashMap<>();
    exact.forEach(hit -> scores.put(hit.doc, hit.score));
    for (ScoreDoc hit : found) {
      assertEquals(scores.get(hit.doc), hit.score, 0);
    }
  }
}
