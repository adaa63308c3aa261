/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import static io.trident.codec.tokenvectors104.TokenVectors104DocValuesFormat.BLOCK_SHIFT;

import io.trident.codec.files.CodecFiles;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsCoder;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import java.io.IOException;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.DocValuesConsumer;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.codecs.lucene90.IndexedDISI;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.ByteBuffersIndexOutput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.IOUtils;
import org.apache.lucene.util.packed.DirectMonotonicWriter;
import org.apache.lucene.util.packed.PackedInts;
import org.apache.lucene.util.packed.PackedLongValues;

/** Writes token vectors in the layout of {@link TokenVectors104DocValuesFormat}. */
final class TokenVectors104DocValuesConsumer extends DocValuesConsumer {

  private final TokenVectorsEncoding encoding;
  private final TokenSimilarity similarity;
  private final int minTokens;
  private final SegmentWriteState state;
  private IndexOutput meta;
  private IndexOutput index;
  private IndexOutput data;
  private IndexOutput lists;

  TokenVectors104DocValuesConsumer(
      SegmentWriteState state,
      TokenVectorsEncoding encoding,
      TokenSimilarity similarity,
      int minTokens)
      throws IOException {
    this.state = state;
    this.encoding = encoding;
    this.similarity = similarity;
    this.minTokens = minTokens;
    CodecFiles files = new CodecFiles(state, TokenVectors104DocValuesFormat.VERSION_CURRENT);
    boolean success = false;
    try {
      meta =
          files.create(
              TokenVectors104DocValuesFormat.META_EXTENSION,
              TokenVectors104DocValuesFormat.META_CODEC_NAME);
      index =
          files.create(
              TokenVectors104DocValuesFormat.INDEX_EXTENSION,
              TokenVectors104DocValuesFormat.INDEX_CODEC_NAME);
      data =
          files.create(
              TokenVectors104DocValuesFormat.DATA_EXTENSION,
              TokenVectors104DocValuesFormat.DATA_CODEC_NAME);
      lists =
          files.create(
              TokenVectors104DocValuesFormat.LISTS_EXTENSION,
              TokenVectors104DocValuesFormat.LISTS_CODEC_NAME);
      success = true;
    } finally {
      if (success == false) {
        IOUtils.closeWhileHandlingException(meta, index, data, lists);
      }
    }
  }

  @Override
  public void addBinaryField(FieldInfo field, DocValuesProducer valuesProducer) throws IOException {
    TokenVectorsCoder coder = new TokenVectorsCoder(field.name, encoding, similarity);
    CodedValues values = new CodedValues(field, valuesProducer, coder);
    TokenGroups groups = new TokenGroups();
    long dataStart = data.getFilePointer();
    PackedLongValues.Builder ends = PackedLongValues.monotonicBuilder(PackedInts.COMPACT);
    values.forEach(
        (doc, coded) -> {
          data.writeBytes(
              coded.bytes,
              coded.offset + TokenVectorsCoder.CODED_HEADER,
              coded.length - TokenVectorsCoder.CODED_HEADER);
          groups.count(coded);
          ends.add(data.getFilePointer() - dataStart);
        });
    int documents = Math.toIntExact(ends.size());
    meta.writeInt(field.number);
    meta.writeByte((byte) encoding.ordinal());
    meta.writeByte((byte) similarity.ordinal());
    meta.writeShort((short) coder.dimension());
    meta.writeInt(documents);
    meta.writeLong(dataStart);
    meta.writeLong(data.getFilePointer() - dataStart);
    writeDocuments(valuesProducer.getBinary(field));
    writeOffsets(ends.build());
    writeLists(values, coder.dimension(), groups);
  }

  private void writeLists(CodedValues values, int dimension, TokenGroups groups)
      throws IOException {
    if (groups.tokens() < minTokens) {
      meta.writeInt(0);
      return;
    }
    new CentroidListsWriter(state, lists, meta, dimension, encoding, similarity, groups)
        .write(values);
  }

  private void writeDocuments(DocIdSetIterator documents) throws IOException {
    long start = index.getFilePointer();
    short jumps = IndexedDISI.writeBitSet(documents, index, IndexedDISI.DEFAULT_DENSE_RANK_POWER);
    meta.writeLong(start);
    meta.writeLong(index.getFilePointer() - start);
    meta.writeShort(jumps);
  }

  private void writeOffsets(PackedLongValues ends) throws IOException {
    long start = index.getFilePointer();
    ByteBuffersDataOutput monotonic = new ByteBuffersDataOutput();
    try (IndexOutput buffered = new ByteBuffersIndexOutput(monotonic, "offsets", "offsets")) {
      DirectMonotonicWriter writer =
          DirectMonotonicWriter.getInstance(buffered, index, ends.size() + 1, BLOCK_SHIFT);
      writer.add(0);
      PackedLongValues.Iterator each = ends.iterator();
      while (each.hasNext()) {
        writer.add(each.next());
      }
      writer.finish();
    }
    meta.writeLong(start);
    meta.writeLong(index.getFilePointer() - start);
    monotonic.copyTo(meta);
  }

  @Override
  public void addNumericField(FieldInfo field, DocValuesProducer valuesProducer) {
    throw refused(field);
  }

  @Override
  public void addSortedField(FieldInfo field, DocValuesProducer valuesProducer) {
    throw refused(field);
  }

  @Override
  public void addSortedNumericField(FieldInfo field, DocValuesProducer valuesProducer) {
    throw refused(field);
  }

  @Override
  public void addSortedSetField(FieldInfo field, DocValuesProducer valuesProducer) {
    throw refused(field);
  }

  private static IllegalArgumentException refused(FieldInfo field) {
    return new IllegalArgumentException(
        "field ["
            + field.name
            + "] must have binary doc values to be stored as token vectors, got ["
            + field.getDocValuesType()
            + "]");
  }

  @Override
  public void close() throws IOException {
    boolean success = false;
    try {
      if (meta != null) {
        meta.writeInt(-1);
        CodecUtil.writeFooter(meta);
        CodecUtil.writeFooter(index);
        CodecUtil.writeFooter(data);
        CodecUtil.writeFooter(lists);
      }
      success = true;
    } finally {
      if (success) {
        IOUtils.close(meta, index, data, lists);
      } else {
        IOUtils.closeWhileHandlingException(meta, index, data, lists);
      }
      meta = index = data = lists = null;
    }
  }
}
