/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import io.trident.codec.files.CodecFiles;
import java.io.IOException;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.FieldsProducer;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.Terms;
import org.apache.lucene.store.DataAccessHint;
import org.apache.lucene.store.FileTypeHint;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.IOUtils;

/** Reads impacts in the format for Lucene 10.4. */
final class Impacts104Reader extends FieldsProducer {

  private final Map<String, Impacts104Terms> fields = new TreeMap<>();
  private IndexInput index;
  private IndexInput data;

  /** The format of the fields that this one does not hold; null when there are none. */
  private String delegateName;

  private FieldsProducer delegate;

  Impacts104Reader(SegmentReadState state) throws IOException {
    CodecFiles files =
        new CodecFiles(
            state,
            Impacts104PostingsFormat.VERSION_START,
            Impacts104PostingsFormat.VERSION_CURRENT);
    boolean success = false;
    try {
      files.readMeta(
          Impacts104PostingsFormat.META_EXTENSION,
          Impacts104PostingsFormat.META_CODEC,
          (meta, version) -> read(state, files, meta, version));
      delegate =
          delegateName == null ? null : PostingsFormat.forName(delegateName).fieldsProducer(state);
      success = true;
    } finally {
      if (success == false) {
        IOUtils.closeWhileHandlingException(this);
      }
    }
  }

  private void read(SegmentReadState state, CodecFiles files, IndexInput meta, int version)
      throws IOException {
    index =
        files.open(
            Impacts104PostingsFormat.INDEX_EXTENSION,
            Impacts104PostingsFormat.INDEX_CODEC,
            version,
            FileTypeHint.INDEX);
    data =
        files.open(
            Impacts104PostingsFormat.DATA_EXTENSION,
            Impacts104PostingsFormat.DATA_CODEC,
            version,
            FileTypeHint.DATA,
            DataAccessHint.RANDOM);
    readFields(state, meta);
    delegateName = meta.readByte() == 0 ? null : meta.readString();
    checkLength(meta, index);
    checkLength(meta, data);
  }

  private void readFields(SegmentReadState state, IndexInput meta) throws IOException {
    for (int number = meta.readInt(); number != -1; number = meta.readInt()) {
      FieldInfo info = state.fieldInfos.fieldInfo(number);
      if (info == null) {
        throw new CorruptIndexException("no field has the number [" + number + "]", meta);
      }
      fields.put(
          info.name, new Impacts104Terms(info, state.segmentInfo.maxDoc(), meta, index, data));
    }
  }

  /** The files' lengths before their footers' end are redundant, so they are compared. */
  private static void checkLength(IndexInput meta, IndexInput file) throws IOException {
    long expected = meta.readLong();
    if (file.length() != expected) {
      throw new CorruptIndexException(
          "length must be [" + expected + "], got [" + file.length() + "]", file);
    }
  }

  @Override
  public Iterator<String> iterator() {
    if (delegate == null) {
      return fields.keySet().iterator();
    }
    TreeSet<String> names = new TreeSet<>(fields.keySet());
    delegate.forEach(names::add);
    return names.iterator();
  }

  @Override
  public Terms terms(String field) throws IOException {
    Terms terms = fields.get(field);
    return terms != null || delegate == null ? terms : delegate.terms(field);
  }

  @Override
  public int size() {
    return fields.size() + (delegate == null ? 0 : delegate.size());
  }

  @Override
  public void checkIntegrity() throws IOException {
    CodecUtil.checksumEntireFile(index);
    CodecUtil.checksumEntireFile(data);
    if (delegate != null) {
      delegate.checkIntegrity();
    }
  }

  @Override
  public void close() throws IOException {
    IOUtils.close(index, data, delegate);
  }
}
