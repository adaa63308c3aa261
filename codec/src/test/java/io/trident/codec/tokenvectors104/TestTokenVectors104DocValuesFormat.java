package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import java.util.Arrays;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.document.Document;
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
    assertEquals(18, TokenVectorsEncoding.BITS_1.bytes(128));
    assertEquals(34, TokenVectorsEncoding.BITS_2.bytes(128));
  }
}
