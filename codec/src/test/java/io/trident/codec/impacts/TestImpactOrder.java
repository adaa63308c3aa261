/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.SortedNumericSortField;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.index.RandomIndexWriter;
import org.apache.lucene.tests.util.LuceneTestCase;

/** The order of documents by their heaviest tokens. */
public class TestImpactOrder extends LuceneTestCase {

  public void testTheHeaviestTokensMakeTheKey() {
    long key = ImpactOrder.key(List.of("a", "b", "c", "d"), new int[] {9, 8, 7, 1});
    assertTrue(key >= 0);
    assertEquals(key, ImpactOrder.key(List.of("c", "a", "b"), new int[] {70, 255, 80}));
    assertNotEquals(key, ImpactOrder.key(List.of("a", "b", "c"), new int[] {7, 8, 9}));
    long first = ImpactOrder.key(List.of("a"), new int[] {1});
    assertNotEquals(0, first);
    assertEquals("the first token comes first", key >>> 42, first >>> 42);
    long others = ImpactOrder.key(List.of("a", "b", "x"), new int[] {9, 8, 7});
    assertEquals("then the second", key >>> 21, others >>> 21);
    assertNotEquals("and then the third", key, others);
    assertEquals(0, ImpactOrder.key(List.of(), new int[0]));
  }

  public void testTiesDoNotDependOnTheOrderOfTokens() {
    assertEquals(
        ImpactOrder.key(List.of("a", "b", "c", "d"), new int[] {5, 5, 5, 5}),
        ImpactOrder.key(List.of("d", "c", "b", "a"), new int[] {5, 5, 5, 5}));
    assertEquals(
        "the smaller token comes first",
        ImpactOrder.key(List.of("a", "b", "c"), new int[] {7, 6, 5}),
        ImpactOrder.key(List.of("d", "c", "b", "a"), new int[] {5, 5, 5, 5}));
  }

  public void testTheKeyOfATokenListIsThatOfItsThreeHeaviest() {
    int size = random().nextInt(40);
    List<String> tokens = IntStream.range(0, size).mapToObj(i -> "t" + i).toList();
    int[] impacts = random().ints(size, 1, 1 + random().nextInt(1, 256)).toArray();
    List<Integer> heaviest =
        IntStream.range(0, size)
            .boxed()
            .sorted(
                Comparator.comparingInt((Integer i) -> impacts[i])
                    .reversed()
                    .thenComparing(tokens::get))
            .limit(3)
            .toList();
    assertEquals(
        ImpactOrder.key(
            heaviest.stream().map(tokens::get).toList(),
            heaviest.stream().mapToInt(i -> impacts[i]).toArray()),
        ImpactOrder.key(tokens, impacts));
  }

  public void testAnIndexIsSortedByTheKey() throws Exception {
    Sort sort = new Sort(new SortedNumericSortField("vector", SortField.Type.LONG));
    try (Directory directory = newDirectory();
        RandomIndexWriter writer =
            new RandomIndexWriter(
                random(), directory, new IndexWriterConfig().setIndexSort(sort))) {
      List<String> tokens = List.of("a", "b", "c", "d", "e");
      int docs = atLeast(100);
      for (int i = 0; i < docs; i++) {
        int[] impacts = random().ints(5, 1, 256).toArray();
        Document document = new Document();
        document.add(
            new ImpactVectorField("vector", tokens, impacts, ImpactVectorField.ORDERED_TYPE));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
      try (var reader = writer.getReader()) {
        LeafReader leaf = getOnlyLeafReader(reader);
        SortedNumericDocValues keys = leaf.getSortedNumericDocValues("vector");
        long last = -1;
        for (int doc = 0; doc < docs; doc++) {
          assertTrue(keys.advanceExact(doc));
          long key = keys.nextValue();
          assertTrue(key >= last);
          last = key;
        }
      }
    }
  }
}
