/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts;

import java.io.IOException;
import java.util.stream.IntStream;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Blocks of documents, and what is known of a term without reading them. */
public class TestImpactBlocks extends LuceneTestCase {

  public void testDocumentsAreCutIntoBlocks() {
    int maxDoc = TestUtil.nextInt(random(), 1, 10_000);
    long blocks =
        IntStream.range(0, maxDoc).map(doc -> doc / ImpactTerms.BLOCK_SIZE).distinct().count();
    assertEquals(blocks, ImpactTerms.blockCount(maxDoc));
    assertEquals(0, ImpactTerms.blockCount(0));
    assertEquals(1, ImpactTerms.blockCount(128));
    assertEquals(2, ImpactTerms.blockCount(129));
    assertEquals(1 << 24, ImpactTerms.blockCount(Integer.MAX_VALUE));
  }

  /** Bounds are read when they are first asked for, and then no more. */
  public void testMaximaAreReadOnce() throws IOException {
    int[] reads = new int[1];
    ImpactBlocks blocks =
        new ImpactBlocks(7, 200) {
          @Override
          protected byte[] readMaxima() {
            reads[0]++;
            return new byte[] {1, (byte) 200};
          }

          @Override
          public int addScores(int block, int weight, int[] scores) {
            return 0;
          }
        };
    assertEquals(7, blocks.docFreq());
    assertEquals(200, blocks.maxImpact());
    assertEquals(0, reads[0]);
    assertArrayEquals(new byte[] {1, (byte) 200}, blocks.maxima());
    assertSame(blocks.maxima(), blocks.maxima());
    assertEquals(1, reads[0]);
  }
}
