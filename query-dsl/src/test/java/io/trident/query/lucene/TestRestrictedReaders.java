/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.impacts.ImpactQuantizer;
import io.trident.codec.impacts.ImpactVectorField;
import io.trident.codec.impacts104.Impacts104PostingsFormat;
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
import java.util.function.UnaryOperator;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.FilterBinaryDocValues;
import org.apache.lucene.index.FilterDirectoryReader;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.FilteredTermsEnum;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.search.join.DiversifyingChildrenFloatKnnVectorQuery;
import org.apache.lucene.search.join.QueryBitSetProducer;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.codecs.asserting.AssertingCodec;
import org.apache.lucene.tests.search.CheckHits;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;

/** Searches through readers that hide or change what is stored, as those of access control do. */
public class TestRestrictedReaders extends LuceneTestCase {

  private static final String SPARSE = "sparse";
  private static final String TOKENS = "tokens";
  private static final String DENSE = "dense";
  private static final String REDUCED = "reduced";
  private static final int DIMENSION = 8;
  private static final ImpactQuantizer QUANTIZER = new ImpactQuantizer(4);
  private static final float[] WANTED = {1, 2, 3, 4, 5, 6, 7, 8};

  private final Map<String, Map<String, Integer>> impacts = new HashMap<>();
  private Directory directory;
  private DirectoryReader stored;

  @Override
  public void setUp() throws Exception {
    super.setUp();
    directory = newDirectory();
    try (IndexWriter writer =
        new IndexWriter(directory, newIndexWriterConfig().setCodec(new OurCodec()))) {
      int documents = TestUtil.nextInt(random(), 20, 400);
      for (int i = 0; i < documents; i++) {
        writer.addDocument(document(Integer.toString(i)));
        if (random().nextInt(100) == 0) {
          writer.commit();
        }
      }
    }
    stored = DirectoryReader.open(directory);
  }

  /** Our formats for our fields. */
  private static final class OurCodec extends AssertingCodec {
    private final PostingsFormat postings = new Impacts104PostingsFormat();
    private final DocValuesFormat values =
        new TokenVectors104DocValuesFormat(TokenVectorsEncoding.FLOAT32, TokenSimilarity.COSINE);

    @Override
    public PostingsFormat getPostingsFormatForField(String field) {
      return field.equals(SPARSE) ? postings : super.getPostingsFormatForField(field);
    }

    @Override
    public DocValuesFormat getDocValuesFormatForField(String field) {
      return field.equals(TOKENS) ? values : super.getDocValuesFormatForField(field);
    }
  }

  private Document document(String id) {
    Map<String, Integer> weights = LearnedSparseTestCase.randomImpacts(20);
    weights.put("open", 1 + random().nextInt(255));
    weights.put("secret", 1 + random().nextInt(255));
    impacts.put(id, weights);
    Document document = new Document();
    document.add(new StringField("id", id, Field.Store.YES));
    document.add(
        new ImpactVectorField(
            SPARSE,
            List.copyOf(weights.keySet()),
            weights.values().stream().mapToInt(Integer::intValue).toArray(),
            ImpactVectorField.TYPE));
    document.add(new TokenVectorsField(TOKENS, DIMENSION, vector(), new int[] {7}));
    float[] dense = vector();
    document.add(new KnnFloatVectorField(DENSE, dense));
    document.add(new KnnFloatVectorField(REDUCED, first(dense)));
    return document;
  }

  private static float[] first(float[] vector) {
    return Arrays.copyOf(vector, 3);
  }

  private static float[] vector() {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = 1 + random().nextFloat();
    }
    return vector;
  }

  @Override
  public void tearDown() throws Exception {
    stored.close();
    directory.close();
    super.tearDown();
  }

  /** A reader whose segments are what is made of them. */
  private static final class Restricted extends FilterDirectoryReader {
    private final UnaryOperator<LeafReader> restriction;

    private Restricted(DirectoryReader in, UnaryOperator<LeafReader> restriction)
        throws IOException {
      super(
          in,
          new SubReaderWrapper() {
            @Override
            public LeafReader wrap(LeafReader reader) {
              return restriction.apply(reader);
            }
          });
      this.restriction = restriction;
    }

    @Override
    protected DirectoryReader doWrapDirectoryReader(DirectoryReader in) throws IOException {
      return new Restricted(in, restriction);
    }

    @Override
    public CacheHelper getReaderCacheHelper() {
      return in.getReaderCacheHelper();
    }
  }

  /** A segment as it is stored. */
  private static class Segment extends FilterLeafReader {
    private Segment(LeafReader in) {
      super(in);
    }

    @Override
    public CacheHelper getCoreCacheHelper() {
      return in.getCoreCacheHelper();
    }

    @Override
    public CacheHelper getReaderCacheHelper() {
      return in.getReaderCacheHelper();
    }
  }

  /** Hides a field, but for its vectors: the security plugin's reader does not know of them. */
  private static final class Hiding extends Segment {
    private final String hidden;

    private Hiding(LeafReader in, String hidden) {
      super(in);
      this.hidden = hidden;
    }

    @Override
    public FieldInfos getFieldInfos() {
      List<FieldInfo> shown = new ArrayList<>();
      for (FieldInfo field : in.getFieldInfos()) {
        if (field.name.equals(hidden) == false) {
          shown.add(field);
        }
      }
      return new FieldInfos(shown.toArray(FieldInfo[]::new));
    }

    @Override
    public Terms terms(String field) throws IOException {
      return field.equals(hidden) ? null : in.terms(field);
    }

    @Override
    public BinaryDocValues getBinaryDocValues(String field) throws IOException {
      return field.equals(hidden) ? null : in.getBinaryDocValues(field);
    }
  }

  private IndexSearcher hiding(String field) throws IOException {
    return new IndexSearcher(new Restricted(stored, leaf -> new Hiding(leaf, field)));
  }

  private static LearnedSparseQuery sparse(String... tokens) {
    float[] weights = new float[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      weights[i] = 1 + i;
    }
    return new LearnedSparseQuery(SPARSE, List.of(tokens), weights, QUANTIZER);
  }

  private static MaxSimQuery maxSim() {
    return new MaxSimQuery(TOKENS, DIMENSION, WANTED);
  }

  private static List<Query> denseQueries() {
    NearestVectorsQuery nearest = nearest(null);
    BitSetProducer parents = new QueryBitSetProducer(MatchAllDocsQuery.INSTANCE);
    return List.of(
        nearest,
        nearest(MatchAllDocsQuery.INSTANCE),
        nearest(new TermQuery(new Term("id", "1"))),
        new NearestVectorsQuery(
            new DiversifyingChildrenFloatKnnVectorQuery(DENSE, WANTED, null, 10, parents)),
        new OversampledVectorsQuery(DENSE, WANTED, 10, null, null, nearest),
        new ExactVectorsQuery(DENSE, WANTED, null),
        new NearestPassagesQuery(DENSE, WANTED, null, parents, nearest));
  }

  private static NearestVectorsQuery nearest(Query filter) {
    return new NearestVectorsQuery(new NearestDocumentsQuery(DENSE, WANTED, 10, filter));
  }

  public void testHiddenFieldMatchesNothing() throws IOException {
    assertEquals(0, hiding(SPARSE).count(sparse("open", "secret")));
    assertEquals(0, hiding(TOKENS).count(maxSim()));
    for (Query query : denseQueries()) {
      assertEquals(query.toString(), 0, hiding(DENSE).count(query));
    }
  }

  /** Candidates are found in a field that is in no mapping, and so in no rule of access. */
  public void testWhoeverSeesAFieldSearchesItWithoutItsCandidates() throws IOException {
    BitSetProducer parents = new QueryBitSetProducer(MatchAllDocsQuery.INSTANCE);
    Query one = new TermQuery(new Term("id", "1"));
    for (Query filter : Arrays.asList(null, MatchAllDocsQuery.INSTANCE, one)) {
      for (BitSetProducer among : Arrays.asList(null, parents)) {
        NearestVectorsQuery candidates =
            new NearestVectorsQuery(
                DENSE,
                among == null
                    ? new NearestDocumentsQuery(REDUCED, first(WANTED), 20, filter)
                    : new DiversifyingChildrenFloatKnnVectorQuery(
                        REDUCED, first(WANTED), filter, 20, among));
        Query query = new OversampledVectorsQuery(DENSE, WANTED, 10, filter, among, candidates);
        int expected = filter == one ? 1 : 10;
        if (among == null) { // a parent is no child of its own
          assertEquals(expected, new IndexSearcher(stored).count(query));
        }
        assertEquals(expected, hiding(REDUCED).count(query));
        assertEquals(0, hiding(DENSE).count(query));
      }
    }
  }

  public void testOtherFieldsThanTheHiddenOneAreSearched() throws IOException {
    assertEquals(stored.numDocs(), hiding(DENSE).count(sparse("open", "secret")));
    assertEquals(stored.numDocs(), hiding(SPARSE).count(maxSim()));
    assertEquals(10, hiding(TOKENS).count(nearest(null)));
  }

  /** Leaves a token out of a field's terms. */
  private static final class WithoutToken extends Segment {
    private static final BytesRef SECRET = new BytesRef("secret");

    private WithoutToken(LeafReader in) {
      super(in);
    }

    @Override
    public Terms terms(String field) throws IOException {
      Terms terms = in.terms(field);
      return terms == null ? null : new Shown(terms);
    }

    private static final class Shown extends FilterTerms {
      private Shown(Terms in) {
        super(in);
      }

      @Override
      public TermsEnum iterator() throws IOException {
        return new FilteredTermsEnum(in.iterator(), false) {
          @Override
          protected AcceptStatus accept(BytesRef term) {
            return term.equals(SECRET) ? AcceptStatus.NO : AcceptStatus.YES;
          }

          @Override
          public boolean seekExact(BytesRef term) throws IOException {
            return term.equals(SECRET) == false && tenum.seekExact(term);
          }
        };
      }
    }
  }

  public void testHiddenTokenAddsNothingToScores() throws IOException {
    IndexSearcher searcher = new IndexSearcher(new Restricted(stored, WithoutToken::new));
    assertEquals(0, searcher.count(sparse("secret")));
    String[] tokens = {"open", "t1", "t3", "secret"};
    LearnedSparseQuery query = sparse(tokens);
    SparseQueryVector vector = query.vector();
    ScoreDoc[] found = searcher.search(query, 1_000).scoreDocs;
    assertEquals(stored.numDocs(), found.length);
    for (ScoreDoc hit : found) {
      Map<String, Integer> shown =
          new HashMap<>(impacts.get(searcher.storedFields().document(hit.doc).get("id")));
      shown.remove("secret");
      long sum = LearnedSparseTestCase.sum(vector, LearnedSparseTestCase.tokens(vector), shown);
      assertEquals(vector.score(sum), hit.score, 0);
    }
    CheckHits.checkExplanations(query, SPARSE, searcher, true);
  }

  /** Gives other values than are stored. */
  private static final class Masking extends Segment {
    private final BytesRef value;

    private Masking(LeafReader in, BytesRef value) {
      super(in);
      this.value = value;
    }

    @Override
    public BinaryDocValues getBinaryDocValues(String field) throws IOException {
      BinaryDocValues values = in.getBinaryDocValues(field);
      return values == null
          ? null
          : new FilterBinaryDocValues(values) {
            @Override
            public BytesRef binaryValue() {
              return value;
            }
          };
    }
  }

  private IndexSearcher masking(BytesRef value) throws IOException {
    return new IndexSearcher(new Restricted(stored, leaf -> new Masking(leaf, value)));
  }

  /** What a reader shows is compared with the query, and not what is stored under it. */
  public void testMaskedTokenVectorsScoreByTheMask() throws IOException {
    LeafReader first = stored.leaves().get(0).reader();
    BinaryDocValues values = first.getBinaryDocValues(TOKENS);
    values.nextDoc();
    ScoreDoc[] found =
        masking(BytesRef.deepCopyOf(values.binaryValue())).search(maxSim(), 1_000).scoreDocs;
    assertEquals(stored.numDocs(), found.length);
    for (ScoreDoc hit : found) {
      assertEquals(found[0].score, hit.score, 0);
    }
    expectThrows(
        IllegalArgumentException.class,
        () -> masking(new BytesRef("9f86d081884c7d65")).search(maxSim(), 10));
  }
}
