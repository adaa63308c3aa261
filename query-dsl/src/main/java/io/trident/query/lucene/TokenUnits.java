/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.store.ByteArrayDataInput;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.BytesRefBuilder;

/**
 * Which token vectors of a document are of one unit, a sentence of its text say: each unit begins
 * where the one before it ends. They are a column of doc values beside the vectors, which has for
 * each unit but the first the number of tokens of the one before it, seven bits per byte, the
 * lowest first, the highest bit set where another byte follows. Not thread-safe.
 */
public final class TokenUnits {

  private static final int[] ONE = {0};

  /** Null when no document of the segment has more than one unit. */
  private final BinaryDocValues column;

  private final ByteArrayDataInput in = new ByteArrayDataInput();

  private TokenUnits(BinaryDocValues column) {
    this.column = column;
  }

  private static String column(String field) {
    return field + "._units";
  }

  /** Whether these are the first tokens of units: ascending from 0, each with a token at least. */
  public static boolean areStarts(List<Integer> starts, int tokens) {
    if (starts.isEmpty() || tokens == 0) {
      return starts.isEmpty() && tokens == 0;
    }
    boolean ascend = starts.get(0) == 0 && starts.get(starts.size() - 1) < tokens;
    for (int unit = 1; unit < starts.size(); unit++) {
      ascend &= starts.get(unit) > starts.get(unit - 1);
    }
    return ascend;
  }

  /**
   * The column's value of a document.
   *
   * @param field the field of the token vectors
   * @param starts the first token of each unit, ascending from 0
   */
  public static BinaryDocValuesField value(String field, int[] starts) {
    BytesRefBuilder bytes = new BytesRefBuilder();
    for (int unit = 1; unit < starts.length; unit++) {
      int length = starts[unit] - starts[unit - 1];
      for (; length > 0x7F; length >>>= 7) {
        bytes.append((byte) (length | 0x80));
      }
      bytes.append((byte) length);
    }
    return new BinaryDocValuesField(column(field), bytes.toBytesRef());
  }

  /** The units of a segment's documents. */
  public static TokenUnits of(LeafReader reader, String field) throws IOException {
    return new TokenUnits(reader.getBinaryDocValues(column(field)));
  }

  /**
   * The first token of each unit of a document, which is one unit where nothing else is known.
   *
   * @param doc the document, not before that of an earlier call
   */
  public int[] starts(int doc) throws IOException {
    if (column == null || column.advanceExact(doc) == false) {
      return ONE;
    }
    BytesRef bytes = column.binaryValue();
    int units = 1;
    for (int i = 0; i < bytes.length; i++) {
      units += bytes.bytes[bytes.offset + i] >= 0 ? 1 : 0;
    }
    int[] starts = new int[units];
    in.reset(bytes.bytes, bytes.offset, bytes.length);
    for (int unit = 1; unit < units; unit++) {
      starts[unit] = starts[unit - 1] + in.readVInt();
    }
    return starts;
  }
}
