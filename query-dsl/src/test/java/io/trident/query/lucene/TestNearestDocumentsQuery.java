/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.impacts.ImpactQuantizer;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.index.memory.MemoryIndex;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.highlight.Highlighter;
import org.apache.lucene.search.highlight.QueryScorer;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.analysis.MockAnalyzer;
import org.apache.lucene.tests.index.RandomIndexWriter;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Scores one document, as a percolator tries it in memory and as an index holds it. */
public class TestNearestDocumentsQuery extends LuceneTestCase {

  private static final String FIELD = "vector";

  private final VectorSimilarityFunction similarity =
      randomFrom(
          List.of(
              VectorSimilarityFunction.EUCLIDEAN,
              VectorSimilarityFunction.DOT_PRODUCT,
              VectorSimilarityFunction.COSINE));
  private final float[] vector = unit(4);
  private final float[] wanted = unit(4);

  private static <T> T randomFrom(List<T> list) {
    return list.get(random().nextInt(list.size()));
  }

  private static float[] unit(int dimension) {
    float[] unit = new float[dimension];
    int one = random().nextInt(dimension);
    unit[one] = 0.6f;
    unit[(one + 1 + random().nextInt(dimension - 1)) % dimension] =
        random().nextBoolean() ? 0.8f : -0.8f;
    return unit;
  }

  private Document document(boolean withVector) {
    Document document = new Document();
    document.add(new StringField("kind", "book", Field.Store.NO));
    if (withVector) {
      document.add(new KnnFloatVectorField(FIELD, vector, similarity));
    }
    return document;
  }

  private Query nearest(Query filter) {
    int k = random().nextBoolean() ? 1 : 100;
    return new NearestVectorsQuery(new NearestDocumentsQuery(FIELD, wanted, k, filter));
  }

  private void assertScores(IndexSearcher searcher) throws IOException {
    for (Query filter :
        Arrays.asList(
            null,
            MatchAllDocsQuery.INSTANCE,
            new FieldExistsQuery(FIELD),
            new TermQuery(new Term("kind", "book")))) {
      ScoreDoc[] hits = searcher.search(nearest(filter), 10).scoreDocs;
      assertEquals("[" + filter + "] allows the document", 1, hits.length);
      assertEquals(similarity.compare(vector, wanted), hits[0].score, 1e-6f);
    }
    assertEquals(0, searcher.count(nearest(new TermQuery(new Term("kind", "film")))));
  }

  public void testDocumentInMemoryScoresByItsVector() throws IOException {
    assertScores(
        MemoryIndex.fromDocument(document(true), new MockAnalyzer(random())).createSearcher());
  }

  public void testDocumentInMemoryWithoutVectorIsNotFound() throws IOException {
    IndexSearcher searcher =
        MemoryIndex.fromDocument(document(false), new MockAnalyzer(random())).createSearcher();
    assertEquals(0, searcher.count(nearest(null)));
    assertEquals(0, searcher.count(nearest(MatchAllDocsQuery.INSTANCE)));
  }

  public void testLoneDocumentOfAnIndexScoresByItsVector() throws IOException {
    try (Directory directory = newDirectory();
        RandomIndexWriter writer = new RandomIndexWriter(random(), directory)) {
      writer.addDocument(document(true));
      try (IndexReader reader = writer.getReader()) {
        assertScores(newSearcher(reader, false));
      }
    }
  }

  /** To the plain highlighter every field has the words of the text that it marks. */
  public void testHighlighterDoesNotReadWordsAsTheVectorsOfAFilter() throws Exception {
    String text = TestUtil.randomSimpleString(random(), 1, 40);
    Query filter =
        new LearnedSparseQuery("sparse", List.of(text), new float[] {1}, new ImpactQuantizer(4));
    Highlighter highlighter = new Highlighter(new QueryScorer(nearest(filter)));
    assertNull(highlighter.getBestFragment(new MockAnalyzer(random()), "body", text));
  }

  public void testDeletedLoneDocumentIsNotFound() throws IOException {
    try (Directory directory = newDirectory();
        RandomIndexWriter writer = new RandomIndexWriter(random(), directory)) {
      writer.addDocument(document(true));
      writer.deleteDocuments(new Term("kind", "book"));
      try (IndexReader reader = writer.getReader()) {
        assertEquals(0, newSearcher(reader, false).count(nearest(null)));
      }
    }
  }
}
