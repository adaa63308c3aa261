/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.mapper;

import io.trident.query.lucene.TokenUnits;
import java.util.List;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.util.BytesRef;

/** The codes of a document's token vectors, and where its units begin, which is another field. */
final class CodedTokensField extends BinaryDocValuesField {

  private final IndexableField units;

  /**
   * Makes the field.
   *
   * @param starts the number of the first vector of each unit, or null when nobody says
   */
  CodedTokensField(String name, BytesRef coded, List<Integer> starts) {
    super(name, coded);
    this.units =
        starts == null
            ? null
            : TokenUnits.value(name, starts.stream().mapToInt(Integer::intValue).toArray());
  }

  /** The field of the units, or null. */
  IndexableField units() {
    return units;
  }
}
