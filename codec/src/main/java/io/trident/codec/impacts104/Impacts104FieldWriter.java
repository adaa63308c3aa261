/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import static io.trident.codec.impacts104.Impacts104PostingsFormat.MONOTONIC_SHIFT;

import java.io.IOException;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.packed.DirectMonotonicWriter;
import org.apache.lucene.util.packed.PackedInts;
import org.apache.lucene.util.packed.PackedLongValues;

/** Writes one field in the format for Lucene 10.4: its postings term by term, then its record. */
final class Impacts104FieldWriter {

  private final FieldInfo info;
  private final IndexOutput meta;
  private final IndexOutput index;
  private final IndexOutput data;
  private final long entriesStart;
  private final long postingsStart;
  private final Impacts104TermWriter termWriter;
  private final FixedBitSet docsSeen;
  private final ByteBuffersDataOutput termBytes = new ByteBuffersDataOutput();
  private final PackedLongValues.Builder termEnds =
      PackedLongValues.monotonicBuilder(PackedInts.COMPACT);
  private final PackedLongValues.Builder entryEnds =
      PackedLongValues.monotonicBuilder(PackedInts.COMPACT);
  private long sumTotalTermFreq;
  private long sumDocFreq;

  Impacts104FieldWriter(
      FieldInfo info, int maxDoc, IndexOutput meta, IndexOutput index, IndexOutput data) {
    this.info = info;
    this.meta = meta;
    this.index = index;
    this.data = data;
    entriesStart = index.getFilePointer();
    postingsStart = data.getFilePointer();
    termWriter = new Impacts104TermWriter(index, data, postingsStart, maxDoc);
    docsSeen = new FixedBitSet(maxDoc);
  }

  /** Adds the next posting of the current term; documents ascend. */
  void add(int doc, int impact) {
    docsSeen.set(doc);
    termWriter.add(doc, impact);
  }

  /** Ends the current term; none is written without a posting. Terms ascend. */
  void finishTerm(BytesRef term) throws IOException {
    if (termWriter.docFreq() == 0) {
      return; // every document with the term is deleted
    }
    sumDocFreq += termWriter.docFreq();
    sumTotalTermFreq += termWriter.finish();
    termBytes.writeBytes(term.bytes, term.offset, term.length);
    termEnds.add(termBytes.size());
    entryEnds.add(index.getFilePointer() - entriesStart);
  }

  /** Ends the field; none is written without a term. */
  void finish() throws IOException {
    if (sumDocFreq == 0) {
      return;
    }
    long termsStart = index.getFilePointer();
    termBytes.copyTo(index);
    meta.writeInt(info.number);
    meta.writeVLong(termEnds.size());
    meta.writeVLong(sumTotalTermFreq);
    meta.writeVLong(sumDocFreq);
    meta.writeVInt(docsSeen.cardinality());
    writeRange(termsStart, index.getFilePointer());
    writeRange(entriesStart, termsStart);
    writeRange(postingsStart, data.getFilePointer());
    writeMonotonic(termEnds.build());
    writeMonotonic(entryEnds.build());
  }

  private void writeRange(long start, long end) throws IOException {
    meta.writeLong(start);
    meta.writeLong(end - start);
  }

  private void writeMonotonic(PackedLongValues values) throws IOException {
    long start = index.getFilePointer();
    DirectMonotonicWriter writer =
        DirectMonotonicWriter.getInstance(meta, index, values.size(), MONOTONIC_SHIFT);
    PackedLongValues.Iterator iterator = values.iterator();
    while (iterator.hasNext()) {
      writer.add(iterator.next());
    }
    writer.finish();
    writeRange(start, index.getFilePointer());
  }
}
