/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec;

import io.trident.codec.impacts104.Impacts104PostingsFormat;
import io.trident.codec.tokenvectors104.TokenVectors104DocValuesFormat;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104PostingsFormat;
import org.apache.lucene.codecs.lucene90.Lucene90DocValuesFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.codecs.perfield.PerFieldDocValuesFormat;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.codecs.perfield.PerFieldPostingsFormat;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Which formats a segment is written with. */
public class TestTridentCodec extends LuceneTestCase {

  private static final PostingsFormat POSTINGS = new Impacts104PostingsFormat();
  private static final DocValuesFormat DOC_VALUES = new TokenVectors104DocValuesFormat();
  private static final KnnVectorsFormat VECTORS = new Lucene99HnswVectorsFormat();

  /** All that are of the field [ours]. */
  private static final TridentCodec.FieldFormats FORMATS =
      new TridentCodec.FieldFormats() {
        @Override
        public PostingsFormat postingsFormat(String field) {
          return field.equals("ours") ? POSTINGS : null;
        }

        @Override
        public DocValuesFormat docValuesFormat(String field) {
          return field.equals("ours") ? DOC_VALUES : null;
        }

        @Override
        public KnnVectorsFormat knnVectorsFormat(String field) {
          return field.equals("ours") ? VECTORS : null;
        }
      };

  public void testAFieldHasItsOwnFormatAndOthersThatOfTheWrappedCodec() {
    Codec wrapped = TestUtil.getDefaultCodec();
    TridentCodec codec = new TridentCodec(wrapped, FORMATS);
    PerFieldPostingsFormat postings = (PerFieldPostingsFormat) codec.postingsFormat();
    PerFieldDocValuesFormat docValues = (PerFieldDocValuesFormat) codec.docValuesFormat();
    assertSame(POSTINGS, postings.getPostingsFormatForField("ours"));
    assertSame(DOC_VALUES, docValues.getDocValuesFormatForField("ours"));
    PerFieldKnnVectorsFormat vectors = (PerFieldKnnVectorsFormat) codec.knnVectorsFormat();
    assertSame(VECTORS, vectors.getKnnVectorsFormatForField("ours"));
    assertSame(
        ((PerFieldKnnVectorsFormat) wrapped.knnVectorsFormat())
            .getKnnVectorsFormatForField("other"),
        vectors.getKnnVectorsFormatForField("other"));
    assertSame(
        ((PerFieldDocValuesFormat) wrapped.docValuesFormat()).getDocValuesFormatForField("other"),
        docValues.getDocValuesFormatForField("other"));
    assertSame(
        ((PerFieldPostingsFormat) wrapped.postingsFormat()).getPostingsFormatForField("other"),
        postings.getPostingsFormatForField("other"));
    assertEquals(wrapped.getName(), codec.getName());
  }

  /** The wrapped codec opens the segment with it, as that of star trees does. */
  public void testOneFormatForAllFieldsIsLeftAsItIs() {
    DocValuesFormat whole = new Lucene90DocValuesFormat();
    PostingsFormat wholePostings = new Lucene104PostingsFormat();
    KnnVectorsFormat wholeVectors = new Lucene99HnswVectorsFormat();
    Codec allWhole =
        new FilterCodec("AllWhole", TestUtil.getDefaultCodec()) {
          @Override
          public PostingsFormat postingsFormat() {
            return wholePostings;
          }

          @Override
          public KnnVectorsFormat knnVectorsFormat() {
            return wholeVectors;
          }
        };
    assertSame(wholePostings, new TridentCodec(allWhole, FORMATS).postingsFormat());
    assertSame(wholeVectors, new TridentCodec(allWhole, FORMATS).knnVectorsFormat());
    Codec wrapped =
        new FilterCodec("Whole", TestUtil.getDefaultCodec()) {
          @Override
          public DocValuesFormat docValuesFormat() {
            return whole;
          }
        };
    TridentCodec codec = new TridentCodec(wrapped, FORMATS);
    assertSame(whole, codec.docValuesFormat());
    assertSame(
        POSTINGS,
        ((PerFieldPostingsFormat) codec.postingsFormat()).getPostingsFormatForField("ours"));
  }
}
