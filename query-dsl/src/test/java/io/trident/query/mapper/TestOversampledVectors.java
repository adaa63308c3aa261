/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.query.lucene.ExactVectorsQuery;
import io.trident.query.lucene.NearestDocumentsQuery;
import io.trident.query.lucene.NearestVectorsQuery;
import io.trident.query.lucene.OversampledVectorsQuery;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.search.join.DiversifyingChildrenFloatKnnVectorQuery;
import org.apache.lucene.search.join.QueryBitSetProducer;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.codecs.asserting.AssertingCodec;
import org.apache.lucene.tests.index.RandomIndexWriter;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.VectorUtil;

/** Searches codes and then floats, also of many dimensions, compared with all floats. */
public class TestOversampledVectors extends LuceneTestCase {

  private static final String FIELD = "vector";
  private static final String REDUCED = "reduced";
  private static final String[] KINDS = {"film", "book"};

  private final DenseEncoding encoding =
      DenseEncoding.values()[random().nextInt(DenseEncoding.values().length)];
  private final VectorSimilarityFunction similarity =
      List.of(
              VectorSimilarityFunction.COSINE,
              VectorSimilarityFunction.EUCLIDEAN,
              VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT)
          .get(random().nextInt(3));
  private int dimension = TestUtil.nextInt(random(), 8, 100);
  private VectorReduction reduction = random().nextBoolean() ? null : reduction();

  /** Axes that all vectors lie near, or null. */
  private float[][] near;

  private float[] wanted = vector(dimension);

  /** A vector that a document or one of its passages has. */
  private record Stored(int id, int parent, String kind, float[] vector) {}

  private record Hit(int id, float score) {}

  /** Around a mean that is not zero, as those of models: codes of cosines need one. */
  private float[] vector(int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = near == null ? 1 + (float) random().nextGaussian() : noise();
    }
    for (int axis = 0; near != null && axis < near.length; axis++) {
      float length = 1 + (float) random().nextGaussian();
      for (int i = 0; i < dimension; i++) {
        vector[i] += length * near[axis][i];
      }
    }
    return vector;
  }

  private static float noise() {
    return 0.05f * (float) random().nextGaussian();
  }

  private VectorReduction reduction() {
    int reduced = TestUtil.nextInt(random(), 1, dimension - 1);
    float[][] rows = new float[reduced][];
    for (int row = 0; row < reduced; row++) {
      rows[row] = vector(dimension);
    }
    return new VectorReduction(reduced, random().nextBoolean() ? null : rows, similarity);
  }

  private RandomIndexWriter writer(Directory directory, DenseEncoding stored) throws IOException {
    KnnVectorsFormat candidates = stored.format(16, 100);
    KnnVectorsFormat whole = reduction == null ? candidates : DenseEncoding.withoutGraph();
    AssertingCodec codec =
        new AssertingCodec() {
          @Override
          public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
            return field.equals(REDUCED) ? candidates : whole;
          }
        };
    return new RandomIndexWriter(random(), directory, newIndexWriterConfig().setCodec(codec));
  }

  private Stored add(Document document, int id, int parent) {
    String kind = KINDS[random().nextInt(2)];
    document.add(new StoredField("id", id));
    document.add(new StringField("kind", kind, Field.Store.NO));
    document.add(new StringField("key", Integer.toString(parent), Field.Store.NO));
    if (random().nextInt(10) == 0) {
      return null;
    }
    Stored stored = new Stored(id, parent, kind, vector(dimension));
    document.add(new KnnFloatVectorField(FIELD, stored.vector, similarity));
    if (reduction != null) {
      document.add(
          new KnnFloatVectorField(
              REDUCED, reduction.reduce(stored.vector), reduction.similarity()));
    }
    return stored;
  }

  /** Of each parent the best that the filter allows, the nearest first. */
  private List<Hit> nearest(List<Stored> all, String kind) {
    Map<Integer, Hit> best = new TreeMap<>();
    for (Stored one : all) {
      if (one != null && (kind == null || kind.equals(one.kind))) {
        best.merge(
            one.parent,
            new Hit(one.id, similarity.compare(wanted, one.vector)),
            (a, b) -> b.score > a.score ? b : a);
      }
    }
    List<Hit> hits = new ArrayList<>(best.values());
    hits.sort(Comparator.comparingDouble(Hit::score).reversed());
    return hits;
  }

  private Query query(int k, int found, Query filter, BitSetProducer parents) {
    String field = reduction == null ? FIELD : REDUCED;
    float[] target = reduction == null ? wanted : reduction.reduce(wanted);
    return new OversampledVectorsQuery(
        FIELD,
        wanted,
        k,
        filter,
        parents,
        new NearestVectorsQuery(
            FIELD,
            parents == null
                ? new NearestDocumentsQuery(field, target, found, filter)
                : new DiversifyingChildrenFloatKnnVectorQuery(
                    field, target, filter, found, parents)));
  }

  private static List<Hit> search(IndexSearcher searcher, Query query) throws IOException {
    List<Hit> hits = new ArrayList<>();
    for (ScoreDoc hit : searcher.search(query, 10_000).scoreDocs) {
      int id = id(searcher.storedFields(), hit.doc);
      hits.add(new Hit(id, hit.score));
    }
    return hits;
  }

  /** Asserts that hits are the first of what is expected, in any order where scores are equal. */
  private static void assertHits(String what, List<Hit> expected, int count, List<Hit> hits) {
    assertEquals(what, Math.min(count, expected.size()), hits.size());
    assertEquals(what + ": each once", hits.size(), ids(hits).size());
    Map<Integer, Float> scores = new HashMap<>();
    expected.forEach(hit -> scores.put(hit.id, hit.score));
    for (int i = 0; i < hits.size(); i++) {
      float score = hits.get(i).score;
      assertEquals(what, expected.get(i).score, score, 1e-5f * score);
      assertEquals(what, scores.get(hits.get(i).id), score, 1e-5f * score);
    }
  }

  private void assertNearest(List<Stored> all, IndexSearcher searcher, BitSetProducer parents)
      throws IOException {
    for (String kind : Arrays.asList(null, KINDS[0], KINDS[1], "none")) {
      Query filter = kind == null ? null : new TermQuery(new Term("kind", kind));
      List<Hit> expected = nearest(all, kind);
      int k = TestUtil.nextInt(random(), 1, all.size() + 10);
      int found = Math.max(k, all.size());
      assertHits(
          encoding + " of [" + kind + "], " + k,
          expected,
          k,
          search(searcher, query(k, found, filter, parents)));
      assertBestOfCandidates(expected, searcher, filter, parents);
      if (parents == null) {
        assertHits(
            "exact",
            expected,
            expected.size(),
            search(searcher, new ExactVectorsQuery(FIELD, wanted, filter)));
      }
    }
  }

  private static Set<Integer> ids(List<Hit> hits) {
    Set<Integer> ids = new HashSet<>();
    hits.forEach(hit -> ids.add(hit.id));
    return ids;
  }

  /** With few candidates, those found by codes, in the order of their floats. */
  private void assertBestOfCandidates(
      List<Hit> all, IndexSearcher searcher, Query filter, BitSetProducer parents)
      throws IOException {
    int k = TestUtil.nextInt(random(), 1, 20);
    int found = k + random().nextInt(20);
    List<Hit> hits = search(searcher, query(k, found, filter, parents));
    assertEquals(Math.min(k, all.size()), hits.size());
    List<Hit> candidates = new ArrayList<>(all);
    if (parents == null) {
      OversampledVectorsQuery query = (OversampledVectorsQuery) query(k, found, filter, null);
      Set<Integer> byCodes = ids(search(searcher, query.candidates()));
      candidates.removeIf(hit -> byCodes.contains(hit.id) == false);
    } else {
      Set<Integer> kept = ids(hits);
      candidates.removeIf(hit -> kept.contains(hit.id) == false);
    }
    assertHits("the best candidates", candidates, hits.size(), hits);
  }

  public void testNearestDocumentsAreThoseOfFloats() throws IOException {
    List<Stored> all = new ArrayList<>();
    try (Directory directory = newDirectory();
        RandomIndexWriter writer = writer(directory, encoding)) {
      for (int id = TestUtil.nextInt(random(), 50, 500); id > 0; id--) {
        Document document = new Document();
        all.add(add(document, id, id));
        writer.addDocument(document);
      }
      for (int i = 0; i < 5; i++) {
        int id = 1 + random().nextInt(all.size());
        writer.deleteDocuments(new Term("key", Integer.toString(id)));
        all.removeIf(one -> one != null && one.id == id);
      }
      try (IndexReader reader = writer.getReader()) {
        assertNearest(all, newSearcher(reader), null);
      }
    }
  }

  public void testNearestPassagesAreThoseOfFloats() throws IOException {
    List<Stored> all = new ArrayList<>();
    try (Directory directory = newDirectory();
        RandomIndexWriter writer = writer(directory, encoding)) {
      for (int parent = TestUtil.nextInt(random(), 20, 200); parent > 0; parent--) {
        List<Document> block = new ArrayList<>();
        for (int i = random().nextInt(5); i > 0; i--) {
          Document document = new Document();
          all.add(add(document, all.size(), parent));
          block.add(document);
        }
        Document last = new Document();
        last.add(new StringField("type", "parent", Field.Store.NO));
        block.add(last);
        writer.addDocuments(block);
      }
      try (IndexReader reader = writer.getReader()) {
        assertNearest(
            all,
            newSearcher(reader, false),
            new QueryBitSetProducer(new TermQuery(new Term("type", "parent"))));
      }
    }
  }

  /** Two vectors may have one map. */
  public void testSearchesAreTheSameForTheSameWholeVectorAlone() {
    reduction = new VectorReduction(1, null, VectorSimilarityFunction.EUCLIDEAN);
    Query one = query(5, 10, null, null);
    assertEquals(one, query(5, 10, null, null));
    assertEquals(one.hashCode(), query(5, 10, null, null).hashCode());
    wanted[dimension - 1]++;
    assertNotEquals(one, query(5, 10, null, null));
  }

  public void testDefaultsKeepNearlyAllOfTheNearestTen() throws IOException {
    dimension = 200;
    reduction = null; // of vectors that vary everywhere
    for (DenseEncoding coded : DenseEncoding.values()) {
      float found = recall(coded, coded.oversample(false));
      assertTrue(coded + " by " + similarity + " finds " + found, found >= 0.8f);
    }
    float byCodes = recall(DenseEncoding.BITS_1, 1);
    assertTrue("codes of one bit alone find " + byCodes, byCodes <= 0.6f);
  }

  /** Vectors that lie near a few axes, which the map knows. */
  public void testDefaultsKeepNearlyAllOfTheNearestTenInFewerDimensions() throws IOException {
    dimension = 64;
    int axes = 16;
    float[][] rows = orthonormalRows(axes);
    reduction = new VectorReduction(axes, rows, similarity);
    near = rows;
    for (DenseEncoding coded : DenseEncoding.values()) {
      float found = recall(coded, coded.oversample(true));
      assertTrue(coded + " by " + similarity + " finds " + found, found >= 0.8f);
    }
  }

  private float[][] orthonormalRows(int count) {
    float[][] rows = new float[count][];
    for (int row = 0; row < count; row++) {
      rows[row] = vector(dimension);
      for (int before = 0; before < row; before++) {
        float product = VectorUtil.dotProduct(rows[row], rows[before]);
        for (int d = 0; d < dimension; d++) {
          rows[row][d] -= product * rows[before][d];
        }
      }
      VectorUtil.l2normalize(rows[row]);
    }
    return rows;
  }

  /** The share of the nearest ten that ten neighbors have. */
  private float recall(DenseEncoding coded, float times) throws IOException {
    List<Stored> all = new ArrayList<>();
    try (Directory directory = newDirectory();
        RandomIndexWriter writer = writer(directory, coded)) {
      for (int id = 0; id < 1000; id++) {
        Document document = new Document();
        all.add(add(document, id, id));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
      try (IndexReader reader = writer.getReader()) {
        IndexSearcher searcher = newSearcher(reader);
        int found = 0;
        for (int i = 0; i < 30; i++) {
          wanted = vector(dimension);
          OversampledVectorsQuery query =
              (OversampledVectorsQuery) query(10, (int) (10 * times), null, null);
          Set<Integer> hits = ids(search(searcher, times == 1 ? query.candidates() : query));
          hits.retainAll(ids(nearest(all, null).subList(0, 10)));
          found += hits.size();
        }
        return found / 300f;
      }
    }
  }

  public void testWideVectorsAreKeptAndFoundOverMerges() throws IOException {
    for (int wide : new int[] {1536, 3072, DenseVectorFieldMapper.MAX_DIMENSION}) {
      dimension = wide;
      wanted = vector(wide);
      reduction = random().nextBoolean() ? null : reduction();
      List<Stored> all = new ArrayList<>();
      try (Directory directory = newDirectory();
          RandomIndexWriter writer = writer(directory, encoding)) {
        for (int id = 0; id < 100; id++) {
          Document document = new Document();
          all.add(add(document, id, id));
          writer.addDocument(document);
          if (random().nextInt(20) == 0) {
            writer.commit();
          }
        }
        if (random().nextBoolean()) {
          writer.forceMerge(1);
        }
        try (IndexReader reader = writer.getReader()) {
          assertNearest(all, newSearcher(reader), null);
          assertAsGiven(all, reader);
        }
      }
    }
  }

  private static void assertAsGiven(List<Stored> all, IndexReader reader) throws IOException {
    for (LeafReaderContext leaf : reader.leaves()) {
      FloatVectorValues values = leaf.reader().getFloatVectorValues(FIELD);
      for (int i = 0; values != null && i < values.size(); i++) {
        int id = id(leaf.reader().storedFields(), values.ordToDoc(i));
        assertArrayEquals(all.get(id).vector, values.vectorValue(i), 0);
      }
    }
  }

  private static int id(StoredFields fields, int doc) throws IOException {
    return fields.document(doc, Set.of("id")).getField("id").numericValue().intValue();
  }
}
