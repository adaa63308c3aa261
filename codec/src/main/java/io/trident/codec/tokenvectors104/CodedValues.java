/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.TokenVectorsCoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.ArrayUtil;
import org.apache.lucene.util.BytesRef;

/**
 * The values of one field in the coded layout, as often as they are wanted. A flush of floats codes
 * them once and keeps the codes, which are smaller than the floats that it holds anyway; a merge,
 * and a flush of values that were coded before, reads its codes again. Not thread-safe.
 */
final class CodedValues {

  private final FieldInfo field;
  private final DocValuesProducer values;
  private final TokenVectorsCoder coder;
  private final List<BytesRef> kept = new ArrayList<>();
  private int[] documents = new int[16];
  private boolean keeps;

  CodedValues(FieldInfo field, DocValuesProducer values, TokenVectorsCoder coder) {
    this.field = field;
    this.values = values;
    this.coder = coder;
  }

  /** Takes one document and its value. */
  interface Visitor {

    /** The value is valid during the call. */
    void accept(int document, BytesRef value) throws IOException;
  }

  /** Visits the values in the order of their documents. */
  void forEach(Visitor visitor) throws IOException {
    if (keeps) {
      for (int i = 0; i < kept.size(); i++) {
        visitor.accept(documents[i], kept.get(i));
      }
      return;
    }
    BinaryDocValues iterator = values.getBinary(field);
    boolean all = true;
    kept.clear();
    for (int doc = iterator.nextDoc();
        doc != DocIdSetIterator.NO_MORE_DOCS;
        doc = iterator.nextDoc()) {
      BytesRef value = iterator.binaryValue();
      BytesRef coded = coder.code(value);
      all &= coded != value;
      if (all) {
        documents = ArrayUtil.grow(documents, kept.size() + 1);
        documents[kept.size()] = doc;
        kept.add(coded);
      }
      visitor.accept(doc, coded);
    }
    keeps = all;
  }
}
