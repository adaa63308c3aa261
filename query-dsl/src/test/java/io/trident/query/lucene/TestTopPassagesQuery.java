/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
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

/** Compares the sums of the best passages with those of a search for passages. */
public class TestTopPassagesQuery extends LuceneTestCase {

  private static final BitSetProducer PARENTS =
      new QueryBitSetProducer(new TermQuery(new Term("type", "parent")));

  private static void index(RandomIndexWriter writer, int documents) throws Exception {
    for (int i = 0; i < documents; i++) {
      List<Document> block = new ArrayList<>();
      for (int passage = random().nextInt(6); passage > 0; passage--) {
        StringBuilder text = new StringBuilder();
        for (int word = random().nextInt(8); word > 0; word--) {
          text.append(
              random().nextBoolean() ? "a " : TestUtil.randomSimpleString(random(), 1, 1) + " ");
        }
        Document document = new Document();
        document.add(new StringField("of", Integer.toString(i), Field.Store.YES));
        document.add(new TextField("text", text.toString(), Field.Store.NO));
        block.add(document);
      }
      Document parent = new Document();
      parent.add(new StringField("type", "parent", Field.Store.NO));
      parent.add(new StringField("id", Integer.toString(i), Field.Store.YES));
      block.add(parent);
      writer.addDocuments(block);
    }
  }

  private static Query passages() {
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    for (String word : new String[] {"a", "b", "c"}) {
      query.add(new TermQuery(new Term("text", word)), Occur.SHOULD);
    }
    return query.build();
  }

  public void testSumsTheBestPassages() throws Exception {
    try (Directory directory = newDirectory();
        RandomIndexWriter writer = new RandomIndexWriter(random(), directory)) {
      index(writer, TestUtil.nextInt(random(), 1, 60));
      try (DirectoryReader reader = writer.getReader()) {
        IndexSearcher searcher = new IndexSearcher(reader);
        Map<String, List<Float>> scores = new HashMap<>();
        for (ScoreDoc hit : searcher.search(passages(), 1000).scoreDocs) {
          String of = searcher.storedFields().document(hit.doc).get("of");
          scores.computeIfAbsent(of, key -> new ArrayList<>()).add(hit.score);
        }
        int count = TestUtil.nextInt(random(), 1, 7);
        TopPassagesQuery query = new TopPassagesQuery(passages(), PARENTS, count);
        TopDocs found = searcher.search(query, 1000);
        assertEquals(scores.size(), found.scoreDocs.length);
        for (ScoreDoc hit : found.scoreDocs) {
          List<Float> best = scores.get(searcher.storedFields().document(hit.doc).get("id"));
          best.sort(Comparator.reverseOrder());
          double sum = best.stream().limit(count).mapToDouble(score -> score).sum();
          assertEquals((float) sum, hit.score, 0);
          assertEquals(
              Math.min(count, best.size()), searcher.explain(query, hit.doc).getDetails().length);
        }
        CheckHits.checkExplanations(query, "text", searcher);
        QueryUtils.check(random(), query, newSearcher(reader));
      }
    }
  }

  public void testTellsQueriesApart() {
    Query query = new TopPassagesQuery(passages(), PARENTS, 2);
    QueryUtils.checkEqual(query, new TopPassagesQuery(passages(), PARENTS, 2));
    QueryUtils.checkUnequal(query, new TopPassagesQuery(passages(), PARENTS, 3));
    QueryUtils.checkUnequal(query, new TopPassagesQuery(new MatchNoDocsQuery("test"), PARENTS, 2));
    IllegalArgumentException refused =
        expectThrows(
            IllegalArgumentException.class, () -> new TopPassagesQuery(passages(), PARENTS, 0));
    assertTrue(refused.getMessage(), refused.getMessage().contains("[0]"));
  }
}
