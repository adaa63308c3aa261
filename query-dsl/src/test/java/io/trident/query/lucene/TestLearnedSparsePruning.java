/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.document.IntPoint;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.tests.search.CheckHits;

/** Compares searches that skip blocks of many documents with scoring every document. */
public class TestLearnedSparsePruning extends LearnedSparseTestCase {

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
}
