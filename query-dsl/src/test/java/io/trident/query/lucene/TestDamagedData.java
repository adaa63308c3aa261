/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import io.trident.codec.impacts.ImpactVectorField;
import io.trident.codec.impacts104.Impacts104PostingsFormat;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import io.trident.codec.tokenvectors104.TokenVectors104DocValuesFormat;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.tests.util.LuceneTestCase;

/**
 * Searches over data whose bytes have changed, which no checksum tells before a merge or a check:
 * they find other documents or fail, and say then that the index is corrupt.
 */
public class TestDamagedData extends LuceneTestCase {

  private static final int DOCUMENTS = 3_000;
  private static final int DIMENSION = 8;
  private static final List<String> DATA = List.of(".imi", ".imd", ".mvi", ".mvd");
  private static final int SECTOR = 512;

  private static Directory index() throws IOException {
    PostingsFormat impacts = new Impacts104PostingsFormat();
    DocValuesFormat tokens =
        new TokenVectors104DocValuesFormat(TokenVectorsEncoding.BITS_2, TokenSimilarity.COSINE);
    Lucene104Codec codec =
        new Lucene104Codec() {
          @Override
          public PostingsFormat getPostingsFormatForField(String field) {
            return impacts;
          }

          @Override
          public DocValuesFormat getDocValuesFormatForField(String field) {
            return tokens;
          }
        };
    Directory directory = new MMapDirectory(createTempDir());
    IndexWriterConfig config = new IndexWriterConfig().setCodec(codec).setUseCompoundFile(false);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int i = 0; i < DOCUMENTS; i++) {
        Document document = new Document();
        Map<String, Integer> sparse = LearnedSparseTestCase.randomImpacts(60);
        document.add(
            new ImpactVectorField(
                "sparse",
                List.copyOf(sparse.keySet()),
                sparse.values().stream().mapToInt(Integer::intValue).toArray()));
        float[] vectors = vectors(random().nextInt(3));
        int[] ids = random().ints(vectors.length / DIMENSION, 0, 99).toArray();
        document.add(new TokenVectorsField("tokens", DIMENSION, vectors, ids));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
    }
    return directory;
  }

  private static float[] vectors(int count) {
    float[] vectors = new float[count * DIMENSION];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = (float) random().nextGaussian();
    }
    return vectors;
  }

  private static List<Query> queries() {
    Query sparse =
        new LearnedSparseQuery(
            "sparse",
            List.of("t0", "t1", "t7", "t50"),
            new float[] {2, 1, 0.5f, 3},
            LearnedSparseTestCase.QUANTIZER);
    Query tokens = new MaxSimQuery("tokens", DIMENSION, vectors(3));
    return List.of(
        sparse,
        tokens,
        new BooleanQuery.Builder().add(sparse, Occur.MUST).add(tokens, Occur.MUST).build());
  }

  public void testSearchesFindOthersOrSayThatTheIndexIsCorrupt() throws IOException {
    try (Directory directory = index()) {
      for (String name : directory.listAll()) {
        if (DATA.stream().anyMatch(name::endsWith)) {
          byte[] bytes = read(directory, name);
          for (int i = atLeast(100); i > 0; i--) {
            byte[] changed = bytes.clone();
            int at = random().nextInt(bytes.length);
            int end = random().nextBoolean() ? at + 1 : Math.min(bytes.length, at + SECTOR);
            for (int j = at; j < end; j++) {
              changed[j] = (byte) random().nextInt();
            }
            replace(directory, name, changed);
            search(directory, name + " from " + at + " to " + end);
          }
          replace(directory, name, bytes);
        }
      }
    }
  }

  private static void search(Directory directory, String what) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      IndexSearcher searcher = new IndexSearcher(reader);
      for (Query query : queries()) {
        try {
          for (ScoreDoc hit : searcher.search(query, 20).scoreDocs) {
            assertTrue(what, hit.doc < DOCUMENTS);
          }
        } catch (CorruptIndexException e) {
          assertNotNull(what, e.getMessage());
        } catch (RuntimeException e) {
          throw new AssertionError(what, e);
        }
      }
    } catch (CorruptIndexException e) {
      assertNotNull(what, e.getMessage());
    }
  }

  private static byte[] read(Directory directory, String name) throws IOException {
    try (IndexInput in = directory.openInput(name, IOContext.READONCE)) {
      byte[] bytes = new byte[(int) in.length()];
      in.readBytes(bytes, 0, bytes.length);
      return bytes;
    }
  }

  private static void replace(Directory directory, String name, byte[] bytes) throws IOException {
    directory.deleteFile(name);
    try (IndexOutput out = directory.createOutput(name, IOContext.DEFAULT)) {
      out.writeBytes(bytes, bytes.length);
    }
  }
}
