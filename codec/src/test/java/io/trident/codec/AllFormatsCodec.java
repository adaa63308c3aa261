/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec;

import io.trident.codec.impacts104.Impacts104PostingsFormat;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors104.CentroidsForAll;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;

/** Writes a field of each kind, as an index with our codec has them. */
public final class AllFormatsCodec implements TridentCodec.FieldFormats {

  /** The field with impacts. */
  public static final String SPARSE = "sparse";

  /** The field with token vectors as floats. */
  public static final String FLOATS = "floats";

  /** The field with token vectors as codes. */
  public static final String CODES = "codes";

  /** The field with dense vectors, quantized. */
  public static final String DENSE = "dense";

  private final PostingsFormat impacts = new Impacts104PostingsFormat();
  private final DocValuesFormat floats;
  private final DocValuesFormat codes;
  private final KnnVectorsFormat dense = new Lucene104HnswScalarQuantizedVectorsFormat();

  private AllFormatsCodec(TokenVectorsEncoding encoding, TokenSimilarity similarity) {
    floats = CentroidsForAll.format(TokenVectorsEncoding.FLOAT32, similarity);
    codes = CentroidsForAll.format(encoding, similarity);
  }

  /** The codec, whose codes have an encoding. */
  public static Codec of(TokenVectorsEncoding encoding, TokenSimilarity similarity) {
    return new TridentCodec(new Lucene104Codec(), new AllFormatsCodec(encoding, similarity));
  }

  @Override
  public PostingsFormat postingsFormat(String field) {
    return field.equals(SPARSE) ? impacts : null;
  }

  @Override
  public DocValuesFormat docValuesFormat(String field) {
    if (field.equals(FLOATS)) {
      return floats;
    }
    return field.equals(CODES) ? codes : null;
  }

  @Override
  public KnnVectorsFormat knnVectorsFormat(String field) {
    return field.equals(DENSE) ? dense : null;
  }
}
