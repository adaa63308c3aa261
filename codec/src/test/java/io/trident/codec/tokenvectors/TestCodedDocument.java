/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors;

import com.carrotsearch.randomizedtesting.generators.RandomPicks;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;
import org.apache.lucene.util.BytesRef;

/** Coded documents come back as they were, and what an index could not read is refused. */
public class TestCodedDocument extends LuceneTestCase {

  private int dimension;
  private int[] ids;

  private CodedDocument randomDocument() {
    dimension = TestUtil.nextInt(random(), 8, 100);
    ids = random().ints(random().nextInt(60), 0, 1 + random().nextInt(40_000)).toArray();
    float[] flat = new float[ids.length * dimension];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = (float) random().nextGaussian();
    }
    return CodedDocument.encode(
        random().nextBoolean() ? TokenVectorsEncoding.BITS_2 : randomEncoding(),
        RandomPicks.randomFrom(random(), TokenSimilarity.values()),
        dimension,
        flat,
        ids);
  }

  private static TokenVectorsEncoding randomEncoding() {
    return RandomPicks.randomFrom(random(), TokenVectorsEncoding.values());
  }

  private static byte[] bytes(BytesRef value) {
    return Arrays.copyOfRange(value.bytes, value.offset, value.offset + value.length);
  }

  public void testIsReadAsItWasWritten() {
    for (int i = 0; i < 50; i++) {
      CodedDocument written = randomDocument();
      CodedDocument read = CodedDocument.read(bytes(written.value()));
      assertEquals(written, read);
      assertEquals(Arrays.stream(ids).boxed().toList(), read.ids());
      List<float[]> vectors = read.vectors();
      assertEquals(ids.length, vectors.size());
      for (int token = 0; token < ids.length; token++) {
        assertArrayEquals(written.vectors().get(token), vectors.get(token), 0);
      }
    }
  }

  public void testSpoiledBytesAreRefusedOrCanBeScored() throws Exception {
    int read = 0;
    for (int i = 0; i < 3_000; i++) {
      byte[] spoiled = bytes(randomDocument().value());
      for (int changes = random().nextInt(4); changes >= 0 && spoiled.length > 0; changes--) {
        int at = random().nextBoolean() ? random().nextInt(spoiled.length) : 0;
        spoiled[Math.min(spoiled.length - 1, at + random().nextInt(8))] = (byte) random().nextInt();
      }
      if (random().nextInt(5) == 0) {
        spoiled = Arrays.copyOf(spoiled, random().nextInt(2 * spoiled.length));
      }
      try {
        CodedDocument document = CodedDocument.read(spoiled);
        assertEquals(document.ids().size(), document.vectors().size());
        read++;
      } catch (IllegalArgumentException e) {
        assertTrue(e.getMessage(), e.getMessage().startsWith("codes of token vectors must have"));
      }
    }
    assertTrue("changes of levels are other vectors, " + read, read > 100);
  }

  /** The scorer takes such a token for a broken file. */
  public void testATokenThatGoesOnFromNoneIsRefused() {
    float[] flat = new float[16];
    Arrays.fill(flat, 1);
    CodedDocument document =
        CodedDocument.encode(
            TokenVectorsEncoding.BITS_2, TokenSimilarity.COSINE, 8, flat, new int[2]);
    byte[] bytes = bytes(document.value());
    int first = bytes.length - 2 * TokenVectorsEncoding.BITS_2.bytes(8, TokenSimilarity.COSINE);
    bytes[first] |= 1;
    IllegalArgumentException refused =
        expectThrows(IllegalArgumentException.class, () -> CodedDocument.read(bytes));
    assertTrue(refused.getMessage(), refused.getMessage().contains("go on from earlier ones"));
  }
}
