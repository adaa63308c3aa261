/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.IndexFiles;
import io.trident.codec.tokenvectors.CandidateSearch;
import io.trident.codec.tokenvectors.QueryTokenVectors;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import io.trident.codec.tokenvectors.TokenVectorsValues;
import java.io.IOException;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** What was written wrong, under a checksum that fits, is told or fails with nothing else. */
public class TestTokenVectors104Corruption extends LuceneTestCase {

  private static final String FIELD = "tokens";
  private static final int DIMENSION = 24;

  private static Directory index() throws IOException {
    TokenVectorsEncoding[] encodings = TokenVectorsEncoding.values();
    TokenVectors104DocValuesFormat format =
        new TokenVectors104DocValuesFormat(
            encodings[random().nextInt(encodings.length)], TokenSimilarity.COSINE, 1);
    Directory directory = new ByteBuffersDirectory();
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setCodec(TestUtil.alwaysDocValuesFormat(format))
            .setUseCompoundFile(false);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int i = 0; i < 200; i++) {
        float[] values = new float[random().nextInt(5) * DIMENSION];
        for (int j = 0; j < values.length; j++) {
          values[j] = (float) random().nextGaussian();
        }
        int[] ids = random().ints(values.length / DIMENSION, 0, 30_000).toArray();
        Document document = new Document();
        document.add(new TokenVectorsField(FIELD, DIMENSION, values, ids));
        writer.addDocument(document);
        if (random().nextInt(4) == 0) {
          writer.addDocument(new Document());
        }
      }
      writer.forceMerge(1);
    }
    return directory;
  }

  private static void scoreAll(Directory directory) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      LeafReader leaf = reader.leaves().get(0).reader();
      TokenVectorsValues values = (TokenVectorsValues) leaf.getBinaryDocValues(FIELD);
      float[] query = new float[DIMENSION];
      query[0] = 1;
      QueryTokenVectors vectors = new QueryTokenVectors(DIMENSION, query);
      while (values.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
        values.scorer(vectors).score();
        for (int token = 0; token < values.tokenCount(); token++) {
          values.tokenId(token);
        }
      }
      new CandidateSearch(values.centroidLists(), vectors, values.similarity(), 1_000)
          .find(10, null);
    }
  }

  /** Any byte of the lists may be wrong: it is told, or other documents are candidates. */
  public void testListsThatWereWrittenWrongFailWithNothingElse() throws IOException {
    for (int i = 0; i < 100; i++) {
      try (Directory directory = index()) {
        IndexFiles.change(
            directory, "mvl", bytes -> IndexFiles.withFooter(changed(bytes, "Lists")));
        try {
          scoreAll(directory);
        } catch (CorruptIndexException e) {
          assertNotNull(e.getMessage());
        }
      }
    }
  }

  private static byte[] changed(byte[] bytes, String file) {
    int header =
        CodecUtil.indexHeaderLength(
            TokenVectors104DocValuesFormat.NAME + file, TokenVectors104DocValuesFormat.NAME + "_0");
    int at = header + random().nextInt(bytes.length - header - CodecUtil.footerLength());
    bytes[at] = (byte) random().nextInt();
    return bytes;
  }

  /** Any byte of the index may be wrong: it is told, or other documents have the values. */
  public void testAnIndexThatWasWrittenWrongFailsWithNothingElse() throws IOException {
    for (int i = 0; i < 100; i++) {
      try (Directory directory = index()) {
        IndexFiles.change(
            directory, "mvi", bytes -> IndexFiles.withFooter(changed(bytes, "Index")));
        try {
          scoreAll(directory);
        } catch (CorruptIndexException e) {
          assertNotNull(e.getMessage());
        }
      }
    }
  }

  /** With a footer that fits, the reader has only its own checks. */
  public void testCodesThatWereWrittenWrongAreTold() throws IOException {
    int told = 0;
    for (int i = 0; i < 100; i++) {
      try (Directory directory = index()) {
        IndexFiles.change(directory, "mvd", bytes -> IndexFiles.withFooter(changed(bytes, "Data")));
        try {
          scoreAll(directory);
        } catch (CorruptIndexException e) {
          told++;
          assertTrue(e.getMessage(), e.getMessage().contains("document ["));
        }
      }
    }
    assertTrue("no number of tokens was among the changed bytes", told > 0);
  }
}
