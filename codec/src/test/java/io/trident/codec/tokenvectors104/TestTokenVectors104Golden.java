/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.IndexFiles;
import io.trident.codec.encoding.MaxSimKernel;
import io.trident.codec.tokenvectors.CandidateSearch;
import io.trident.codec.tokenvectors.QueryTokenVectors;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import io.trident.codec.tokenvectors.TokenVectorsValues;
import java.io.IOException;
import java.util.Random;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/**
 * An index that was written once, version 0 of the format, opens, scores, and is what is written
 * today, byte for byte. When the format changes, its index stays, and only the last is compared.
 */
public class TestTokenVectors104Golden extends LuceneTestCase {

  private static final String INDEX = "version-0.zip";
  private static final int DIMENSION = 20;
  private static final int DOCUMENTS = 60;

  private static Directory golden() throws IOException {
    return IndexFiles.unzip(TestTokenVectors104Golden.class, INDEX);
  }

  /** Writes the index anew: a field for each encoding, and one by the dot product. */
  static void write(Directory directory) throws IOException {
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setUseCompoundFile(false)
            .setCodec(
                new Lucene104Codec() {
                  @Override
                  public DocValuesFormat getDocValuesFormatForField(String field) {
                    return format(field);
                  }
                });
    Random random = new Random(104);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int i = 0; i < DOCUMENTS; i++) {
        Document document = new Document();
        int[] ids = random.ints(random.nextInt(7), 0, 40).toArray();
        float[] flat = new float[ids.length * DIMENSION];
        for (int j = 0; j < flat.length; j++) {
          flat[j] = (float) random.nextGaussian() + ids[j / DIMENSION] % 7;
        }
        for (TokenVectorsEncoding encoding : TokenVectorsEncoding.values()) {
          document.add(new TokenVectorsField(encoding.label(), DIMENSION, flat, ids));
        }
        if (i % 3 == 0) {
          document.add(new TokenVectorsField("dot", DIMENSION, flat, ids));
        }
        writer.addDocument(document);
      }
    }
  }

  private static DocValuesFormat format(String field) {
    return field.equals("dot")
        ? new TokenVectors104DocValuesFormat(
            TokenVectorsEncoding.BITS_2, TokenSimilarity.DOT_PRODUCT, 1)
        : new TokenVectors104DocValuesFormat(
            TokenVectorsEncoding.of(field), TokenSimilarity.COSINE, 1);
  }

  public void testOpensAndScores() throws IOException {
    float[] query = new float[3 * DIMENSION];
    for (int i = 0; i < query.length; i++) {
      query[i] = (float) random().nextGaussian();
    }
    QueryTokenVectors vectors = new QueryTokenVectors(DIMENSION, query);
    try (Directory golden = golden();
        Directory today = new ByteBuffersDirectory()) {
      TestUtil.checkIndex(golden);
      write(today);
      try (DirectoryReader one = DirectoryReader.open(golden);
          DirectoryReader other = DirectoryReader.open(today)) {
        assertEquals(DOCUMENTS, one.numDocs());
        for (TokenVectorsEncoding encoding : TokenVectorsEncoding.values()) {
          check(leaf(one), leaf(other), encoding.label(), vectors);
        }
        check(leaf(one), leaf(other), "dot", vectors);
      }
    }
  }

  private static LeafReader leaf(DirectoryReader reader) {
    return reader.leaves().get(0).reader();
  }

  private static void check(
      LeafReader golden, LeafReader today, String field, QueryTokenVectors query)
      throws IOException {
    TokenVectorsValues one = (TokenVectorsValues) golden.getBinaryDocValues(field);
    TokenVectorsValues other = (TokenVectorsValues) today.getBinaryDocValues(field);
    while (one.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
      assertEquals(one.docID(), other.nextDoc());
      assertEquals(one.tokenCount(), other.tokenCount());
      for (int token = 0; token < one.tokenCount(); token++) {
        assertEquals(one.tokenId(token), other.tokenId(token));
      }
      assertEquals(one.scorer(query).score(), other.scorer(query).score(), 0);
    }
    assertEquals(DocIdSetIterator.NO_MORE_DOCS, other.nextDoc());
    assertArrayEquals(
        new CandidateSearch(one.centroidLists(), query, one.similarity(), 3).find(5, null),
        new CandidateSearch(other.centroidLists(), query, other.similarity(), 3).find(5, null));
  }

  public void testIsWhatIsWrittenToday() throws IOException {
    assumeTrue("its centroids were found with fused products", MaxSimKernel.FUSED);
    try (Directory golden = golden();
        Directory today = new ByteBuffersDirectory()) {
      write(today);
      int compared = 0;
      for (String name : golden.listAll()) {
        if (name.matches(".*\\.mv[midl]")) {
          String longest = TokenVectors104DocValuesFormat.LISTS_CODEC_NAME;
          assertArrayEquals(
              name, IndexFiles.body(golden, name, longest), IndexFiles.body(today, name, longest));
          compared++;
        }
      }
      assertEquals(4 * (TokenVectorsEncoding.values().length + 1), compared);
    }
  }
}
