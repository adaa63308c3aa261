/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.DataAccessHint;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FileTypeHint;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IOContext.FileOpenHint;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.tests.codecs.asserting.AssertingCodec;
import org.apache.lucene.tests.index.BaseIndexFileFormatTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Runs what Lucene asks of every file format on documents with token vectors. */
public class TestTokenVectors104DocValuesFormat extends BaseIndexFileFormatTestCase {

  private static final Set<String> EXTENSIONS =
      Set.of(
          TokenVectors104DocValuesFormat.META_EXTENSION,
          TokenVectors104DocValuesFormat.INDEX_EXTENSION,
          TokenVectors104DocValuesFormat.DATA_EXTENSION,
          TokenVectors104DocValuesFormat.LISTS_EXTENSION);

  private TokenVectorsEncoding encoding;
  private int dimension;
  private int minTokens;

  @Override
  public void setUp() throws Exception {
    TokenVectorsEncoding[] encodings = TokenVectorsEncoding.values();
    encoding = encodings[random().nextInt(encodings.length)];
    dimension = TestUtil.nextInt(random(), 1, 150);
    minTokens = random().nextBoolean() ? 1 : TokenVectors104DocValuesFormat.MIN_TOKENS;
    super.setUp();
  }

  @Override
  protected Codec getCodec() {
    DocValuesFormat ours =
        new TokenVectors104DocValuesFormat(encoding, TokenSimilarity.COSINE, minTokens);
    DocValuesFormat others = TestUtil.getDefaultDocValuesFormat();
    return new AssertingCodec() {
      @Override
      public DocValuesFormat getDocValuesFormatForField(String field) {
        return field.equals("tokens") ? ours : others;
      }
    };
  }

  @Override
  protected void addRandomFields(Document document) {
    int tokens = random().nextInt(6);
    float[] values = new float[tokens * dimension];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random().nextGaussian();
    }
    int[] ids = new int[tokens];
    Arrays.setAll(ids, i -> random().nextInt(30522));
    document.add(new TokenVectorsField("tokens", dimension, values, ids));
  }

  public void testBytesOfAToken() {
    assertEquals(17, TokenVectorsEncoding.BITS_1.bytes(128, TokenSimilarity.COSINE));
    assertEquals(18, TokenVectorsEncoding.BITS_1.bytes(128, TokenSimilarity.DOT_PRODUCT));
    assertEquals(34, TokenVectorsEncoding.BITS_2.bytes(128, TokenSimilarity.COSINE));
  }

  /** Codes, ids of a vocabulary of 30,522, document offsets and metadata. */
  public void testBytesOfATokenOnDisk() throws IOException {
    encoding = TokenVectorsEncoding.BITS_1;
    assertEquals(19, bytesOfAToken(), 0.1);
    encoding = TokenVectorsEncoding.BITS_2;
    assertEquals(36, bytesOfAToken(), 0.1);
  }

  private double bytesOfAToken() throws IOException {
    int documents = 300;
    int tokens = 80;
    minTokens = Integer.MAX_VALUE;
    IndexWriterConfig config =
        new IndexWriterConfig().setUseCompoundFile(false).setCodec(getCodec());
    try (Directory directory = new ByteBuffersDirectory();
        IndexWriter writer = new IndexWriter(directory, config)) {
      for (int i = 0; i < documents; i++) {
        float[] values = new float[tokens * 128];
        Arrays.fill(values, 1);
        int[] ids = random().ints(tokens, 0, 30522).toArray();
        Document document = new Document();
        document.add(new TokenVectorsField("tokens", 128, values, ids));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
      writer.commit();
      long bytes = 0;
      for (String name : directory.listAll()) {
        bytes +=
            EXTENSIONS.contains(String.valueOf(IndexFileNames.getExtension(name)))
                ? directory.fileLength(name)
                : 0;
      }
      return (double) bytes / documents / tokens;
    }
  }

  /** The codes are read where candidates are, the rest from start to end. */
  public void testFilesAreOpenedWithHints() throws IOException {
    Map<String, Set<FileOpenHint>> hints = new HashMap<>();
    Directory recording =
        new FilterDirectory(new ByteBuffersDirectory()) {
          @Override
          public IndexInput openInput(String name, IOContext context) throws IOException {
            hints.put(IndexFileNames.getExtension(name), context.hints());
            return super.openInput(name, context);
          }
        };
    try (recording;
        IndexWriter writer =
            new IndexWriter(
                recording,
                new IndexWriterConfig().setUseCompoundFile(false).setCodec(getCodec()))) {
      Document document = new Document();
      document.add(
          new TokenVectorsField("tokens", 8, new float[] {1, 0, 0, 0, 0, 0, 0, 0}, new int[1]));
      writer.addDocument(document);
      writer.commit();
      DirectoryReader.open(recording).close();
    }
    assertEquals(
        Set.of(FileTypeHint.INDEX), hints.get(TokenVectors104DocValuesFormat.INDEX_EXTENSION));
    assertEquals(
        Set.of(FileTypeHint.DATA, DataAccessHint.RANDOM),
        hints.get(TokenVectors104DocValuesFormat.DATA_EXTENSION));
    assertEquals(
        Set.of(FileTypeHint.DATA), hints.get(TokenVectors104DocValuesFormat.LISTS_EXTENSION));
  }
}
