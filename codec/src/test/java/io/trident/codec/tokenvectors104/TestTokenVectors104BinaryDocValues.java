/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import org.apache.lucene.codecs.Codec;
import org.apache.lucene.tests.index.BaseDocValuesFormatTestCase;
import org.apache.lucene.tests.util.TestUtil;

/** Runs Lucene's tests of doc values, with the bytes of binary ones kept as token ids. */
public class TestTokenVectors104BinaryDocValues extends BaseDocValuesFormatTestCase {

  @Override
  protected Codec getCodec() {
    return TestUtil.alwaysDocValuesFormat(new TokenIdsDocValuesFormat());
  }
}
