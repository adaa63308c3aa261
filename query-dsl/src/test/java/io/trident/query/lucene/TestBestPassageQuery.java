/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FloatDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.queries.function.FunctionScoreQuery;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DoubleValuesSource;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.search.join.QueryBitSetProducer;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.index.RandomIndexWriter;
import org.apache.lucene.tests.search.CheckHits;
import org.apache.lucene.tests.search.QueryUtils;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;

/** Compares the best passages with those of a scan of all. */
public class TestBestPassageQuery extends LuceneTestCase {

  private static final BitSetProducer PARENTS =
      new QueryBitSetProducer(new TermQuery(new Term("type", "parent")));

  /** Of each document its best passage's number and score. */
  private final Map<String, Float> best = new HashMap<>();

  private final List<String> passages = new ArrayList<>();

  private void index(RandomIndexWriter writer, int documents) throws Exception {
    for (int i = 0; i < documents; i++) {
      List<Document> block = new ArrayList<>();
      String first = null;
      float most = Float.NEGATIVE_INFINITY;
      for (int passage = random().nextInt(6); passage > 0; passage--) {
        String id = i + "." + passage;
        float score = random().nextInt(4);
        Document document = new Document();
        document.add(new StringField("id", id, Field.Store.YES));
        passages.add(id);
        if (random().nextInt(4) > 0) {
          document.add(new StringField("type", "passage", Field.Store.NO));
          document.add(new FloatDocValuesField("score", score));
          if (score > most) {
            most = score;
            first = id;
          }
        }
        block.add(document);
      }
      if (first != null) {
        best.put(first, most);
      }
      Document parent = new Document();
      parent.add(new StringField("type", "parent", Field.Store.NO));
      block.add(parent);
      writer.addDocuments(block);
    }
  }

  private static Query scored() {
    return new FunctionScoreQuery(
        new TermQuery(new Term("type", "passage")), DoubleValuesSource.fromFloatField("score"));
  }

  private static Map<String, Float> found(IndexSearcher searcher, Query query) throws Exception {
    Map<String, Float> found = new HashMap<>();
    TopDocs hits = searcher.search(query, 1000);
    for (ScoreDoc hit : hits.scoreDocs) {
      found.put(searcher.storedFields().document(hit.doc).get("id"), hit.score);
    }
    return found;
  }

  public void testFindsTheBestOfEachDocument() throws Exception {
    try (Directory directory = newDirectory();
        RandomIndexWriter writer = new RandomIndexWriter(random(), directory)) {
      index(writer, TestUtil.nextInt(random(), 1, 60));
      try (DirectoryReader reader = writer.getReader()) {
        IndexSearcher searcher = newSearcher(reader);
        Query query = new BestPassageQuery(scored(), PARENTS);
        assertEquals(best, found(searcher, query));
        CheckHits.checkExplanations(query, "id", searcher);
        QueryUtils.check(random(), query, newSearcher(reader));
      }
    }
  }

  /** A passage that is asked about must be the best of its document, not of those asked about. */
  public void testOtherClausesDoNotChangeWhichIsBest() throws Exception {
    try (Directory directory = newDirectory();
        RandomIndexWriter writer = new RandomIndexWriter(random(), directory)) {
      index(writer, TestUtil.nextInt(random(), 1, 60));
      try (DirectoryReader reader = writer.getReader()) {
        Set<String> some =
            passages.stream().filter(id -> random().nextInt(3) == 0).collect(Collectors.toSet());
        Query among =
            new BooleanQuery.Builder()
                .add(new BestPassageQuery(scored(), PARENTS), Occur.MUST)
                .add(
                    new TermInSetQuery("id", some.stream().map(BytesRef::new).toList()),
                    Occur.FILTER)
                .build();
        Map<String, Float> expected = new HashMap<>(best);
        expected.keySet().retainAll(some);
        assertEquals(expected, found(newSearcher(reader), among));
      }
    }
  }

  public void testTellsQueriesApart() {
    Query query = new BestPassageQuery(scored(), PARENTS);
    QueryUtils.checkEqual(query, new BestPassageQuery(scored(), PARENTS));
    QueryUtils.checkUnequal(query, new BestPassageQuery(new MatchNoDocsQuery("test"), PARENTS));
  }
}
