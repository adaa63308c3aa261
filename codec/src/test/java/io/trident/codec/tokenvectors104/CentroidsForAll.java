/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import org.apache.lucene.codecs.DocValuesFormat;

/** Lets tests of other packages write the centroids that only large segments have. */
public final class CentroidsForAll {

  private CentroidsForAll() {}

  /** The format, which gives every segment with a token its centroids. */
  public static DocValuesFormat format(TokenVectorsEncoding encoding, TokenSimilarity similarity) {
    return new TokenVectors104DocValuesFormat(encoding, similarity, 1);
  }
}
