/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.FilterIndexInput;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** What is longer than a page of memory is asked for at once before it is read. */
public class TestTokenVectors104Prefetch extends LuceneTestCase {

  private static final int DIMENSION = 128;

  private final List<Long> prefetched = new ArrayList<>();

  /** Notes what is prefetched. */
  private final class Noting extends FilterIndexInput {
    private Noting(IndexInput in) {
      super("noting", in);
    }

    @Override
    public void prefetch(long offset, long length) throws IOException {
      prefetched.add(length);
      in.prefetch(offset, length);
    }

    @Override
    public IndexInput clone() {
      return new Noting(in.clone());
    }

    @Override
    public IndexInput slice(String description, long offset, long length) throws IOException {
      return new Noting(in.slice(description, offset, length));
    }
  }

  private Directory noting(Directory directory) {
    return new FilterDirectory(directory) {
      @Override
      public IndexInput openInput(String name, IOContext context) throws IOException {
        return new Noting(super.openInput(name, context));
      }
    };
  }

  private static Document document(int tokens) {
    float[] flat = new float[tokens * DIMENSION];
    Arrays.fill(flat, 1);
    Document document = new Document();
    document.add(new TokenVectorsField("f", DIMENSION, flat, new int[tokens]));
    return document;
  }

  public void testLongDocumentsArePrefetched() throws IOException {
    TokenVectors104DocValuesFormat format =
        new TokenVectors104DocValuesFormat(TokenVectorsEncoding.BITS_1, TokenSimilarity.COSINE);
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setUseCompoundFile(false)
            .setCodec(TestUtil.alwaysDocValuesFormat(format));
    int patches = TestUtil.nextInt(random(), 300, 1_030);
    try (Directory directory = newDirectory()) {
      try (IndexWriter writer = new IndexWriter(directory, config)) {
        writer.addDocument(document(80));
        writer.addDocument(document(patches));
      }
      try (DirectoryReader reader = DirectoryReader.open(noting(directory))) {
        BinaryDocValues values = reader.leaves().get(0).reader().getBinaryDocValues("f");
        prefetched.clear();
        assertEquals(0, values.nextDoc());
        values.binaryValue();
        assertEquals(List.of(), prefetched);
        assertEquals(1, values.nextDoc());
        values.binaryValue();
        assertEquals(1, prefetched.size());
        assertTrue(prefetched.get(0) >= 17L * patches);
      }
    }
  }
}
