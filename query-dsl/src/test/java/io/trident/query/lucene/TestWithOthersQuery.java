/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.index.RandomIndexWriter;
import org.apache.lucene.tests.search.QueryUtils;
import org.apache.lucene.tests.util.LuceneTestCase;

/** Documents that are counted beside those that are scored. */
public class TestWithOthersQuery extends LuceneTestCase {

  private Directory directory;
  private DirectoryReader reader;

  @Override
  public void setUp() throws Exception {
    super.setUp();
    directory = newDirectory();
    try (RandomIndexWriter writer = new RandomIndexWriter(random(), directory)) {
      for (int i = 0; i < 100; i++) {
        Document document = new Document();
        for (int divisor = 1; divisor < 30; divisor++) {
          if (i % divisor == 0) {
            document.add(new StringField("by", Integer.toString(divisor), Field.Store.NO));
          }
        }
        writer.addDocument(document);
      }
      reader = writer.getReader();
    }
  }

  @Override
  public void tearDown() throws Exception {
    reader.close();
    directory.close();
    super.tearDown();
  }

  private static Query by(int divisor) {
    return new TermQuery(new Term("by", Integer.toString(divisor)));
  }

  public void testOthersMatchBelowWhatIsScored() throws IOException {
    IndexSearcher searcher = newSearcher(reader);
    Query query = new WithOthersQuery(by(5), List.of(by(3), by(10)));
    QueryUtils.check(random(), query, searcher);
    TopDocs all = searcher.search(query, 100);
    assertEquals(47, all.scoreDocs.length);
    assertEquals(47, searcher.count(query));
    TopDocs scored = searcher.search(by(5), 100);
    for (int i = 0; i < all.scoreDocs.length; i++) {
      ScoreDoc hit = all.scoreDocs[i];
      boolean above = i < scored.scoreDocs.length;
      assertEquals(above ? scored.scoreDocs[i].score : 0, hit.score, 0);
      float explained = searcher.explain(query, hit.doc).getValue().floatValue();
      assertEquals(hit.score, explained, 0);
    }
  }

  /** Each of the others is within the limit; that they are beyond it together is nobody's fault. */
  public void testClausesOfOthersDoNotAddUp() throws IOException {
    int limit = IndexSearcher.getMaxClauseCount();
    try {
      IndexSearcher.setMaxClauseCount(20);
      BooleanQuery.Builder many = new BooleanQuery.Builder();
      for (int divisor = 2; divisor < 20; divisor++) {
        many.add(by(divisor), Occur.SHOULD);
      }
      Query query = new WithOthersQuery(by(7), List.of(many.build(), many.build(), by(1)));
      assertEquals(100, newSearcher(reader).count(query));
    } finally {
      IndexSearcher.setMaxClauseCount(limit);
    }
  }

  public void testEquality() {
    QueryUtils.checkEqual(
        new WithOthersQuery(by(1), List.of(by(2))), new WithOthersQuery(by(1), List.of(by(2))));
    QueryUtils.checkUnequal(
        new WithOthersQuery(by(1), List.of(by(2))), new WithOthersQuery(by(1), List.of(by(3))));
    QueryUtils.checkUnequal(
        new WithOthersQuery(by(1), List.of(by(2))), new WithOthersQuery(by(2), List.of(by(2))));
  }
}
