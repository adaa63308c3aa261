/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import static io.trident.codec.tokenvectors104.TokenVectors104DocValuesFormat.BLOCK_SHIFT;

import io.trident.codec.files.CodecFiles;
import io.trident.codec.tokenvectors.CentroidLists;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.DocValuesProducer;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DocValuesSkipper;
import org.apache.lucene.index.DocValuesType;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.store.DataAccessHint;
import org.apache.lucene.store.FileTypeHint;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.IOUtils;
import org.apache.lucene.util.packed.DirectMonotonicReader;

/** Reads token vectors in the layout of {@link TokenVectors104DocValuesFormat}. Thread-safe. */
final class TokenVectors104DocValuesProducer extends DocValuesProducer {

  private final Map<Integer, FieldEntry> fields = new HashMap<>();
  private final int maxDoc;
  private IndexInput index;
  private IndexInput data;
  private IndexInput lists;

  TokenVectors104DocValuesProducer(SegmentReadState state) throws IOException {
    this.maxDoc = state.segmentInfo.maxDoc();
    CodecFiles files =
        new CodecFiles(
            state,
            TokenVectors104DocValuesFormat.VERSION_START,
            TokenVectors104DocValuesFormat.VERSION_CURRENT);
    boolean success = false;
    try {
      int version =
          files.readMeta(
              TokenVectors104DocValuesFormat.META_EXTENSION,
              TokenVectors104DocValuesFormat.META_CODEC_NAME,
              (meta, written) -> readFields(meta, state.fieldInfos));
      index =
          files.open(
              TokenVectors104DocValuesFormat.INDEX_EXTENSION,
              TokenVectors104DocValuesFormat.INDEX_CODEC_NAME,
              version,
              FileTypeHint.INDEX);
      data =
          files.open(
              TokenVectors104DocValuesFormat.DATA_EXTENSION,
              TokenVectors104DocValuesFormat.DATA_CODEC_NAME,
              version,
              FileTypeHint.DATA,
              DataAccessHint.RANDOM);
      lists =
          files.open(
              TokenVectors104DocValuesFormat.LISTS_EXTENSION,
              TokenVectors104DocValuesFormat.LISTS_CODEC_NAME,
              version,
              FileTypeHint.DATA);
      for (FieldEntry entry : fields.values()) {
        entry.checkInside(index, data, lists);
      }
      success = true;
    } finally {
      if (success == false) {
        IOUtils.closeWhileHandlingException(this);
      }
    }
  }

  private void readFields(IndexInput meta, FieldInfos infos) throws IOException {
    for (int number = meta.readInt(); number != -1; number = meta.readInt()) {
      FieldInfo info = infos.fieldInfo(number);
      if (info == null || info.getDocValuesType() != DocValuesType.BINARY) {
        throw new CorruptIndexException(
            "no field with binary doc values has the number [" + number + "]", meta);
      }
      if (fields.put(number, FieldEntry.read(meta, maxDoc)) != null) {
        throw new CorruptIndexException("field [" + info.name + "] is there twice", meta);
      }
    }
  }

  @Override
  public BinaryDocValues getBinary(FieldInfo field) throws IOException {
    FieldEntry entry = fields.get(field.number);
    StoredDocuments documents =
        new StoredDocuments(
            index, entry.docsStart, entry.docsLength, entry.jumps, entry.documents, maxDoc);
    DirectMonotonicReader offsets =
        DirectMonotonicReader.getInstance(
            entry.offsets, index.randomAccessSlice(entry.offsetsStart, entry.offsetsLength));
    IndexInput codes = data.slice(field.name, entry.dataStart, entry.dataLength);
    return new OffHeapTokenVectorsValues(
        entry.dimension,
        entry.encoding,
        entry.similarity,
        documents,
        offsets,
        codes,
        centroidLists(entry));
  }

  private CentroidLists centroidLists(FieldEntry entry) throws IOException {
    CentroidsEntry centroids = entry.centroids;
    if (centroids == null) {
      return null;
    }
    long codesLength = centroids.codesLength(entry.dimension);
    return new OffHeapCentroidLists(
        centroids.count,
        entry.dimension,
        maxDoc,
        lists.slice("centroids", centroids.codesStart, codesLength),
        lists.slice("lists", centroids.listsStart, centroids.listsLength),
        DirectMonotonicReader.getInstance(
            centroids.offsets,
            lists.randomAccessSlice(centroids.offsetsStart, centroids.offsetsLength)));
  }

  @Override
  public NumericDocValues getNumeric(FieldInfo field) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SortedDocValues getSorted(FieldInfo field) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SortedNumericDocValues getSortedNumeric(FieldInfo field) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SortedSetDocValues getSortedSet(FieldInfo field) {
    throw new UnsupportedOperationException();
  }

  @Override
  public DocValuesSkipper getSkipper(FieldInfo field) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void checkIntegrity() throws IOException {
    CodecUtil.checksumEntireFile(index);
    CodecUtil.checksumEntireFile(data);
    CodecUtil.checksumEntireFile(lists);
  }

  @Override
  public void close() throws IOException {
    IOUtils.close(index, data, lists);
  }

  /** What the metadata says of one field. */
  private record FieldEntry(
      TokenVectorsEncoding encoding,
      TokenSimilarity similarity,
      int dimension,
      int documents,
      long dataStart,
      long dataLength,
      long docsStart,
      long docsLength,
      short jumps,
      long offsetsStart,
      long offsetsLength,
      DirectMonotonicReader.Meta offsets,
      CentroidsEntry centroids) {

    static FieldEntry read(IndexInput meta, int maxDoc) throws IOException {
      int encoding = meta.readByte();
      int similarity = meta.readByte();
      int dimension = meta.readShort();
      int documents = meta.readInt();
      check(meta, "encoding", encoding, 0, TokenVectorsEncoding.values().length - 1);
      check(meta, "similarity", similarity, 0, TokenSimilarity.values().length - 1);
      check(meta, "number of documents", documents, 0, maxDoc);
      int least = documents == 0 ? 0 : TokenVectorsField.MIN_DIMENSION;
      check(meta, "dimension", dimension, least, TokenVectorsField.MAX_DIMENSION);
      return new FieldEntry(
          TokenVectorsEncoding.values()[encoding],
          TokenSimilarity.values()[similarity],
          dimension,
          documents,
          meta.readLong(),
          meta.readLong(),
          meta.readLong(),
          meta.readLong(),
          meta.readShort(),
          meta.readLong(),
          meta.readLong(),
          DirectMonotonicReader.loadMeta(meta, documents + 1L, BLOCK_SHIFT),
          CentroidsEntry.read(meta));
    }

    private static void check(IndexInput meta, String what, int value, int least, int most)
        throws IOException {
      if (value < least || value > most) {
        throw new CorruptIndexException(
            what + " must be [" + least + "] to [" + most + "], got [" + value + "]", meta);
      }
    }

    private void checkInside(IndexInput index, IndexInput data, IndexInput lists)
        throws IOException {
      TokenVectors104DocValuesProducer.checkInside(data, dataStart, dataLength);
      TokenVectors104DocValuesProducer.checkInside(index, docsStart, docsLength);
      TokenVectors104DocValuesProducer.checkInside(index, offsetsStart, offsetsLength);
      if (centroids != null) {
        centroids.checkInside(lists, dimension);
      }
    }
  }

  /** What the metadata says of a field's centroids. */
  private record CentroidsEntry(
      int count,
      long codesStart,
      long listsStart,
      long listsLength,
      long offsetsStart,
      long offsetsLength,
      DirectMonotonicReader.Meta offsets) {

    /** Null when the field has none. */
    static CentroidsEntry read(IndexInput meta) throws IOException {
      int count = meta.readInt();
      if (count == 0) {
        return null;
      }
      FieldEntry.check(meta, "number of centroids", count, 1, CentroidListsWriter.MAX_CENTROIDS);
      return new CentroidsEntry(
          count,
          meta.readLong(),
          meta.readLong(),
          meta.readLong(),
          meta.readLong(),
          meta.readLong(),
          DirectMonotonicReader.loadMeta(meta, count + 1L, BLOCK_SHIFT));
    }

    private long codesLength(int dimension) {
      return (long) count * CentroidLists.codeBytes(dimension);
    }

    private void checkInside(IndexInput lists, int dimension) throws IOException {
      TokenVectors104DocValuesProducer.checkInside(lists, codesStart, codesLength(dimension));
      TokenVectors104DocValuesProducer.checkInside(lists, listsStart, listsLength);
      TokenVectors104DocValuesProducer.checkInside(lists, offsetsStart, offsetsLength);
    }
  }

  private static void checkInside(IndexInput in, long start, long length) throws IOException {
    if (start < 0 || length < 0 || start > in.length() - length) {
      throw new CorruptIndexException(
          "no room for [" + length + "] bytes from [" + start + "]", in);
    }
  }
}
