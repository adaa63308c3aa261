/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import static io.trident.codec.impacts.ImpactTerms.BLOCK_SIZE;
import static io.trident.codec.impacts.ImpactTerms.blockCount;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Compares lists with the postings they were made of. */
public class TestImpacts104ListPostings extends LuceneTestCase {

  public void testAFewPostingsOfManyDocuments() throws IOException {
    int maxDoc = TestUtil.nextInt(random(), 1 << 17, 1 << 24);
    compare(maxDoc, TestUtil.nextInt(random(), 1, maxDoc >>> 16), 255);
  }

  public void testAPostingABlock() throws IOException {
    int maxDoc = TestUtil.nextInt(random(), 1, 1 << 19);
    compare(maxDoc, TestUtil.nextInt(random(), 1, blockCount(maxDoc)), 255);
  }

  public void testWideImpacts() throws IOException {
    int maxDoc = TestUtil.nextInt(random(), 1, 1 << 17);
    compare(maxDoc, TestUtil.nextInt(random(), 1, maxDoc), Integer.MAX_VALUE);
  }

  private static void compare(int maxDoc, int docFreq, int largest) throws IOException {
    int[] docs = random().ints(0, maxDoc).distinct().limit(docFreq).sorted().toArray();
    int[] impacts = random().ints(docFreq, 1, largest).toArray();
    impacts[random().nextInt(docFreq)] = largest;
    try (Directory directory = newDirectory()) {
      write(directory, maxDoc, docs, impacts);
      try (IndexInput index = directory.openInput("index", IOContext.DEFAULT);
          IndexInput data = directory.openInput("data", IOContext.DEFAULT)) {
        TermEntry entry = TermEntry.read(index, data.length(), maxDoc);
        assertTrue(entry.isList(blockCount(maxDoc)));
        Impacts104ListPostings list =
            Impacts104ListPostings.open(
                entry, data, data.randomAccessSlice(0, data.length()), maxDoc);
        for (int i = 0; i < 50; i++) { // before the maxima have been read and after it
          compareBlock(list, random().nextInt(blockCount(maxDoc)), docs, impacts);
        }
        compareMaxima(list, docs, impacts);
        for (int i = 0; i < 50; i++) {
          compareBlock(list, docs[random().nextInt(docFreq)] / BLOCK_SIZE, docs, impacts);
        }
      }
    }
  }

  private static void write(Directory directory, int maxDoc, int[] docs, int[] impacts)
      throws IOException {
    try (IndexOutput index = directory.createOutput("index", IOContext.DEFAULT);
        IndexOutput data = directory.createOutput("data", IOContext.DEFAULT)) {
      Impacts104TermWriter writer = new Impacts104TermWriter(index, data, 0, maxDoc);
      for (int i = 0; i < docs.length; i++) {
        writer.add(docs[i], impacts[i]);
      }
      writer.finish();
    }
  }

  private static void compareBlock(
      Impacts104ListPostings list, int block, int[] docs, int[] impacts) throws IOException {
    int first = firstOf(block, docs);
    int size = firstOf(block + 1, docs) - first;
    int weight = TestUtil.nextInt(random(), 1, 9);
    int[] expected = new int[BLOCK_SIZE];
    for (int i = first; i < first + size; i++) {
      expected[docs[i] % BLOCK_SIZE] = weight * impacts[i];
    }
    int[] scores = new int[BLOCK_SIZE];
    list.addScores(block, weight, scores);
    assertArrayEquals(expected, scores);

    int[] decodedDocs = new int[BLOCK_SIZE];
    int[] decodedImpacts = new int[BLOCK_SIZE];
    assertEquals(size, list.decode(block, decodedDocs, decodedImpacts));
    assertArrayEquals(Arrays.copyOfRange(docs, first, first + size), first(decodedDocs, size));
    assertArrayEquals(
        Arrays.copyOfRange(impacts, first, first + size), first(decodedImpacts, size));
  }

  private static void compareMaxima(Impacts104ListPostings list, int[] docs, int[] impacts)
      throws IOException {
    byte[] maxima = list.maxima();
    int[] expected = new int[maxima.length];
    for (int i = 0; i < docs.length; i++) {
      int block = docs[i] / BLOCK_SIZE;
      expected[block] = Math.max(expected[block], Math.min(255, impacts[i]));
    }
    for (int b = 0; b < maxima.length; b++) {
      assertEquals(expected[b], maxima[b] & 0xff);
    }
  }

  /** The first posting whose document is in the block or after it. */
  private static int firstOf(int block, int[] docs) {
    int found = Arrays.binarySearch(docs, block * BLOCK_SIZE);
    return found < 0 ? -1 - found : found;
  }

  private static int[] first(int[] values, int size) {
    return Arrays.copyOf(values, size);
  }
}
