/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import io.trident.codec.IndexFiles;
import io.trident.codec.impacts.ImpactVectorField;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/**
 * An index that was written once, version 0 of the format, opens, holds the same postings, and is
 * what is written today, byte for byte. When the format changes, its index stays, and only the last
 * is compared.
 */
public class TestImpacts104Golden extends LuceneTestCase {

  private static final String INDEX = "version-0.zip";
  private static final String FIELD = "sparse";
  private static final int DOCUMENTS = 2_500;

  /** Tokens from the most frequent, in each document, to rare ones. */
  private static final int TOKENS = 40;

  private static IndexWriterConfig config() {
    PostingsFormat format = new Impacts104PostingsFormat();
    return new IndexWriterConfig()
        .setUseCompoundFile(false)
        .setCodec(
            new Lucene104Codec() {
              @Override
              public PostingsFormat getPostingsFormatForField(String field) {
                return format;
              }
            });
  }

  /**
   * Writes the index anew.
   *
   * @param flushes how many segments are written before they are merged into one
   */
  static void write(Directory directory, int flushes) throws IOException {
    Random random = new Random(104);
    try (IndexWriter writer =
        new IndexWriter(directory, config().setMergePolicy(NoMergePolicy.INSTANCE))) {
      for (int i = 0; i < DOCUMENTS; i++) {
        writer.addDocument(document(random));
        if (i % (DOCUMENTS / flushes) == 7 && flushes > 1) {
          writer.flush();
        }
      }
    }
    // This policy keeps the order of documents.
    try (IndexWriter writer =
        new IndexWriter(directory, config().setMergePolicy(new LogDocMergePolicy()))) {
      writer.forceMerge(1);
    }
  }

  private static Document document(Random random) {
    List<String> tokens = new ArrayList<>();
    for (int t = 0; t < TOKENS; t++) {
      if (random.nextInt(1 + t * t) == 0) {
        tokens.add("t" + t);
      }
    }
    Document document = new Document();
    document.add(
        new ImpactVectorField(FIELD, tokens, random.ints(tokens.size(), 1, 256).toArray()));
    return document;
  }

  public void testOpensAndHoldsThePostings() throws IOException {
    try (Directory golden = IndexFiles.unzip(TestImpacts104Golden.class, INDEX);
        Directory today = new ByteBuffersDirectory()) {
      TestUtil.checkIndex(golden);
      write(today, 1);
      try (DirectoryReader one = DirectoryReader.open(golden);
          DirectoryReader other = DirectoryReader.open(today)) {
        TermsEnum expected = one.leaves().get(0).reader().terms(FIELD).iterator();
        TermsEnum actual = other.leaves().get(0).reader().terms(FIELD).iterator();
        while (expected.next() != null) {
          assertEquals(expected.term(), actual.next());
          check(
              expected.postings(null, PostingsEnum.FREQS),
              actual.postings(null, PostingsEnum.FREQS));
        }
        assertNull(actual.next());
      }
    }
  }

  private static void check(PostingsEnum expected, PostingsEnum actual) throws IOException {
    while (expected.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
      assertEquals(expected.docID(), actual.nextDoc());
      assertEquals(expected.freq(), actual.freq());
    }
    assertEquals(DocIdSetIterator.NO_MORE_DOCS, actual.nextDoc());
  }

  /** However the documents came into segments before. */
  public void testIsWhatIsWrittenToday() throws IOException {
    try (Directory golden = IndexFiles.unzip(TestImpacts104Golden.class, INDEX);
        Directory today = new ByteBuffersDirectory()) {
      write(today, 1 + random().nextInt(5));
      for (String extension : List.of("imm", "imi", "imd")) {
        assertArrayEquals(extension, body(golden, extension), body(today, extension));
      }
    }
  }

  private static byte[] body(Directory directory, String extension) throws IOException {
    for (String name : directory.listAll()) {
      if (name.endsWith(extension)) {
        return IndexFiles.body(directory, name, Impacts104PostingsFormat.INDEX_CODEC);
      }
    }
    throw new AssertionError("no file ." + extension);
  }
}
