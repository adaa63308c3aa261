package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.codecs.asserting.AssertingCodec;
import org.apache.lucene.tests.index.BaseIndexFileFormatTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Runs what Lucene asks of every file format on documents with token vectors. */
public class TestTokenVectors104DocValuesFormat extends BaseIndexFileFormatTestCase {

  private TokenVectorsEncoding encoding;
  private int dimension;
  private int leastTokens;

  @Override
  public void setUp() throws Exception {
    TokenVectorsEncoding[] encodings = TokenVectorsEncoding.values();
    encoding = encodings[random().nextInt(encodings.length)];
    dimension = TestUtil.nextInt(random(), 8, 150);
    leastTokens = random().nextBoolean() ? 1 : TokenVectors104DocValuesFormat.LEAST_TOKENS;
    super.setUp();
  }

  @Override
  protected Codec getCodec() {
    DocValuesFormat ours =
        new TokenVectors104DocValuesFormat(encoding, TokenSimilarity.COSINE, leastTokens);
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
    assertTrue(bytesOfAToken() <= 19);
    encoding = TokenVectorsEncoding.BITS_2;
    assertTrue(bytesOfAToken() <= 36);
  }

  private double bytesOfAToken() throws IOException {
    int documents = 300;
    int tokens = 80;
    leastTokens = Integer.MAX_VALUE;
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
        bytes += name.matches(".*\\.tv[midl]") ? directory.fileLength(name) : 0;
      }
      return (double) bytes / documents / tokens;
    }
  }
}
