package io.trident.codec.impacts104;

import io.trident.codec.ChangedBytes;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.FieldsProducer;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.Terms;
import org.apache.lucene.store.ChecksumIndexInput;
import org.apache.lucene.store.DataAccessHint;
import org.apache.lucene.store.FileTypeHint;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.IOUtils;

/** Reads impacts in the format for Lucene 10.4. */
final class Impacts104Reader extends FieldsProducer {

  private final Map<String, Impacts104Terms> fields = new TreeMap<>();
  private final IndexInput index;
  private final IndexInput data;
  private final FieldsProducer delegate;

  Impacts104Reader(SegmentReadState state) throws IOException {
    List<Closeable> opened = new ArrayList<>(3);
    boolean success = false;
    try {
      String metaName = fileName(state, Impacts104PostingsFormat.META_EXTENSION);
      try (ChecksumIndexInput meta = state.directory.openChecksumInput(metaName)) {
        Throwable priorE = null;
        String delegateName = null;
        try {
          int version = checkHeader(state, meta, Impacts104PostingsFormat.META_CODEC);
          index =
              open(
                  state,
                  opened,
                  Impacts104PostingsFormat.INDEX_EXTENSION,
                  Impacts104PostingsFormat.INDEX_CODEC,
                  version,
                  state.context.withHints(FileTypeHint.INDEX));
          data =
              open(
                  state,
                  opened,
                  Impacts104PostingsFormat.DATA_EXTENSION,
                  Impacts104PostingsFormat.DATA_CODEC,
                  version,
                  state.context.withHints(FileTypeHint.DATA, DataAccessHint.RANDOM));
          readFields(state, meta);
          delegateName = meta.readByte() == 0 ? null : meta.readString();
          checkLength(meta, index);
          checkLength(meta, data);
        } catch (Throwable e) {
          ChangedBytes.check(state.directory, metaName, e);
          priorE = e;
          throw e;
        } finally {
          CodecUtil.checkFooter(meta, priorE);
        }
        delegate =
            delegateName == null
                ? null
                : PostingsFormat.forName(delegateName).fieldsProducer(state);
      }
      success = true;
    } finally {
      if (success == false) {
        IOUtils.closeWhileHandlingException(opened);
      }
    }
  }

  private static String fileName(SegmentReadState state, String extension) {
    return IndexFileNames.segmentFileName(state.segmentInfo.name, state.segmentSuffix, extension);
  }

  private static int checkHeader(SegmentReadState state, IndexInput in, String codec)
      throws IOException {
    return CodecUtil.checkIndexHeader(
        in,
        codec,
        Impacts104PostingsFormat.VERSION_START,
        Impacts104PostingsFormat.VERSION_CURRENT,
        state.segmentInfo.getId(),
        state.segmentSuffix);
  }

  private static IndexInput open(
      SegmentReadState state,
      List<Closeable> opened,
      String extension,
      String codec,
      int metaVersion,
      IOContext context)
      throws IOException {
    IndexInput in = state.directory.openInput(fileName(state, extension), context);
    opened.add(in);
    int version = checkHeader(state, in, codec);
    if (version != metaVersion) {
      throw new CorruptIndexException(
          "version must be that of the metadata, " + metaVersion + ", got " + version, in);
    }
    CodecUtil.retrieveChecksum(in);
    return in;
  }

  private void readFields(SegmentReadState state, IndexInput meta) throws IOException {
    for (int number = meta.readInt(); number != -1; number = meta.readInt()) {
      FieldInfo info = state.fieldInfos.fieldInfo(number);
      if (info == null) {
        throw new CorruptIndexException("no field has the number " + number, meta);
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
          "length must be " + expected + ", got " + file.length(), file);
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
