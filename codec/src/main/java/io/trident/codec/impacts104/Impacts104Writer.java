/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import io.trident.codec.files.CodecFiles;
import io.trident.codec.impacts.ImpactVectorField;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.FieldsConsumer;
import org.apache.lucene.codecs.NormsProducer;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.Fields;
import org.apache.lucene.index.FilterLeafReader.FilterFields;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.MergeState;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.IOUtils;

/** Writes impacts in the format for Lucene 10.4. */
final class Impacts104Writer extends FieldsConsumer {

  private final SegmentWriteState state;
  private final PostingsFormat delegateFormat;
  private IndexOutput meta;
  private IndexOutput index;
  private IndexOutput data;
  private FieldsConsumer delegate;
  private boolean merging;
  private boolean finished;

  Impacts104Writer(SegmentWriteState state, PostingsFormat delegateFormat) throws IOException {
    this.state = state;
    this.delegateFormat = delegateFormat;
    CodecFiles files = new CodecFiles(state, Impacts104PostingsFormat.VERSION_CURRENT);
    boolean success = false;
    try {
      meta =
          files.create(
              Impacts104PostingsFormat.META_EXTENSION, Impacts104PostingsFormat.META_CODEC);
      index =
          files.create(
              Impacts104PostingsFormat.INDEX_EXTENSION, Impacts104PostingsFormat.INDEX_CODEC);
      data =
          files.create(
              Impacts104PostingsFormat.DATA_EXTENSION, Impacts104PostingsFormat.DATA_CODEC);
      success = true;
    } finally {
      if (success == false) {
        IOUtils.closeWhileHandlingException(this);
      }
    }
  }

  @Override
  public void write(Fields fields, NormsProducer norms) throws IOException {
    List<String> delegated = new ArrayList<>();
    for (String field : fields) {
      FieldInfo info = state.fieldInfos.fieldInfo(field);
      if (info.getIndexOptions().compareTo(IndexOptions.DOCS_AND_FREQS) > 0) {
        delegated.add(field);
      } else {
        writeField(info, fields.terms(field));
      }
    }
    if (delegated.isEmpty() == false) {
      delegate = delegateFormat.fieldsConsumer(state);
      delegate.write(new Subset(fields, delegated), norms);
    }
    finish();
  }

  /** Writes what is merged: terms as segments have them. */
  @Override
  public void merge(MergeState mergeState, NormsProducer norms) throws IOException {
    merging = true;
    super.merge(mergeState, norms);
  }

  private void finish() throws IOException {
    if (finished) {
      throw new IllegalStateException("already finished");
    }
    finished = true;
    meta.writeInt(-1);
    meta.writeByte((byte) (delegate == null ? 0 : 1));
    if (delegate != null) {
      meta.writeString(delegateFormat.getName());
    }
    CodecUtil.writeFooter(index);
    CodecUtil.writeFooter(data);
    meta.writeLong(index.getFilePointer());
    meta.writeLong(data.getFilePointer());
    CodecUtil.writeFooter(meta);
  }

  private void writeField(FieldInfo info, Terms terms) throws IOException {
    if (terms == null) {
      return;
    }
    Impacts104FieldWriter field =
        new Impacts104FieldWriter(info, state.segmentInfo.maxDoc(), meta, index, data);
    if (merging == false && ImpactVectorField.isInvertedAtFlush(info)) {
      new VectorInversion(terms).writeTo(field);
    } else {
      copy(terms, info.getIndexOptions() == IndexOptions.DOCS_AND_FREQS, field);
    }
    field.finish();
  }

  private static void copy(Terms terms, boolean freqs, Impacts104FieldWriter field)
      throws IOException {
    TermsEnum termsEnum = terms.iterator();
    PostingsEnum postings = null;
    for (BytesRef term = termsEnum.next(); term != null; term = termsEnum.next()) {
      postings = termsEnum.postings(postings, freqs ? PostingsEnum.FREQS : PostingsEnum.NONE);
      for (int doc = postings.nextDoc();
          doc != DocIdSetIterator.NO_MORE_DOCS;
          doc = postings.nextDoc()) {
        field.add(doc, freqs ? postings.freq() : 1);
      }
      field.finishTerm(term);
    }
  }

  @Override
  public void close() throws IOException {
    IOUtils.close(meta, index, data, delegate);
  }

  /** The fields that the delegate holds. */
  private static final class Subset extends FilterFields {
    private final List<String> names;

    private Subset(Fields in, List<String> names) {
      super(in);
      this.names = names;
    }

    @Override
    public Iterator<String> iterator() {
      return names.iterator();
    }

    @Override
    public int size() {
      return names.size();
    }
  }
}
