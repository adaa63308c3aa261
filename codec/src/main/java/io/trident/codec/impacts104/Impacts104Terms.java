/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.impacts104;

import static io.trident.codec.impacts104.Impacts104PostingsFormat.MONOTONIC_SHIFT;

import io.trident.codec.impacts.ImpactBlocks;
import io.trident.codec.impacts.ImpactQuantizer;
import io.trident.codec.impacts.ImpactTerms;
import io.trident.codec.impacts.ImpactTermsEnum;
import java.io.EOFException;
import java.io.IOException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.ImpactsEnum;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.SlowImpactsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.RandomAccessInput;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.packed.DirectMonotonicReader;

/** The terms of one field in the format for Lucene 10.4. Thread-safe; its enums are not. */
final class Impacts104Terms extends ImpactTerms {

  private final boolean hasFreqs;
  private final int maxDoc;
  private final long size;
  private final long sumTotalTermFreq;
  private final long sumDocFreq;
  private final int docCount;
  private final IndexInput termBytes;
  private final IndexInput entries;
  private final IndexInput postings;
  private final Sequence termEnds;
  private final Sequence entryEnds;
  private final TermSample sample;

  /** Reads a field's record; the field's number has been read already. */
  Impacts104Terms(FieldInfo info, int maxDoc, IndexInput meta, IndexInput index, IndexInput data)
      throws IOException {
    hasFreqs = info.getIndexOptions() == IndexOptions.DOCS_AND_FREQS;
    this.maxDoc = maxDoc;
    size = meta.readVLong();
    sumTotalTermFreq = meta.readVLong();
    sumDocFreq = meta.readVLong();
    docCount = meta.readVInt();
    if (size < 1 || docCount < 1 || docCount > maxDoc || sumDocFreq < Math.max(size, docCount)) {
      throw new CorruptIndexException(
          "field ["
              + info.name
              + "] has ["
              + size
              + "] terms, ["
              + sumDocFreq
              + "] postings and ["
              + docCount
              + "] documents of ["
              + maxDoc
              + "]",
          meta);
    }
    termBytes = slice("terms", meta, index);
    entries = slice("entries", meta, index);
    postings = slice("postings", meta, data);
    termEnds = new Sequence(meta, index, size);
    entryEnds = new Sequence(meta, index, size);
    sample = new TermSample(size, termEnds.reader(), termBytes.clone());
  }

  private static IndexInput slice(String what, IndexInput meta, IndexInput file)
      throws IOException {
    long start = meta.readLong();
    long length = meta.readLong();
    if (start < 0 || length < 0 || start > file.length() - length) {
      throw new CorruptIndexException(
          what + " at [" + start + "] of length [" + length + "] are outside of [" + file + "]",
          meta);
    }
    return file.slice(what, start, length);
  }

  /** An ascending sequence of ends; the start of the first is 0. */
  private static final class Sequence {
    private final DirectMonotonicReader.Meta meta;
    private final IndexInput values;

    private Sequence(IndexInput meta, IndexInput index, long size) throws IOException {
      this.meta = DirectMonotonicReader.loadMeta(meta, size, MONOTONIC_SHIFT);
      this.values = slice("addresses", meta, index);
    }

    private DirectMonotonicReader reader() throws IOException {
      RandomAccessInput input = values.randomAccessSlice(0, values.length());
      return DirectMonotonicReader.getInstance(meta, input);
    }
  }

  @Override
  public ImpactTermsEnum iterator() throws IOException {
    return new Enum();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public long getSumTotalTermFreq() {
    return sumTotalTermFreq;
  }

  @Override
  public long getSumDocFreq() {
    return sumDocFreq;
  }

  @Override
  public int getDocCount() {
    return docCount;
  }

  @Override
  public boolean hasFreqs() {
    return hasFreqs;
  }

  @Override
  public boolean hasOffsets() {
    return false;
  }

  @Override
  public boolean hasPositions() {
    return false;
  }

  @Override
  public boolean hasPayloads() {
    return false;
  }

  /** The terms in order, found by binary search over their addresses. */
  private final class Enum extends ImpactTermsEnum {
    private final DirectMonotonicReader ends = termEnds.reader();
    private final DirectMonotonicReader entryEndsReader = entryEnds.reader();
    private final IndexInput bytes = termBytes.clone();
    private final BytesRef term = new BytesRef();
    private long ord = -1;
    private final IndexInput entryInput = entries.clone();
    private final RandomAccessInput entryBytes = entries.randomAccessSlice(0, entries.length());
    private final IndexInput postingInput = postings.clone();
    private final RandomAccessInput postingBytes = postings.randomAccessSlice(0, postings.length());
    private TermEntry entry;
    private long entryEnd;
    private long entryOrd = -1;

    private Enum() throws IOException {}

    private BytesRef read(long at) throws IOException {
      long start = at == 0 ? 0 : ends.get(at - 1);
      int length = TermSample.checkedLength(start, ends.get(at), bytes);
      if (term.bytes.length < length) {
        term.bytes = new byte[Math.max(length, 2 * term.bytes.length)];
      }
      bytes.seek(start);
      bytes.readBytes(term.bytes, 0, length);
      term.length = length;
      return term;
    }

    @Override
    public BytesRef next() throws IOException {
      return ++ord < size ? read(ord) : null;
    }

    @Override
    public SeekStatus seekCeil(BytesRef text) throws IOException {
      long low = sample.first(text);
      long high = sample.last(text);
      while (low <= high) {
        long middle = (low + high) >>> 1;
        int order = read(middle).compareTo(text);
        if (order == 0) {
          ord = middle;
          return SeekStatus.FOUND;
        } else if (order < 0) {
          low = middle + 1;
        } else {
          high = middle - 1;
        }
      }
      ord = low;
      if (ord == size) {
        return SeekStatus.END;
      }
      read(ord);
      return SeekStatus.NOT_FOUND;
    }

    @Override
    public void seekExact(long target) throws IOException {
      ord = target;
      read(ord);
    }

    @Override
    public BytesRef term() {
      return term;
    }

    @Override
    public long ord() {
      return ord;
    }

    private TermEntry readEntry(long start) throws IOException {
      try {
        if (start >= 0 && start < entryInput.length()) {
          entryInput.seek(start);
          return TermEntry.read(entryInput, postings.length(), maxDoc);
        }
      } catch (EOFException e) {
        throw new CorruptIndexException("an entry leads out of its file", entryInput, e);
      }
      throw new CorruptIndexException(
          "an entry must be inside of [" + entryInput.length() + "] bytes, got [" + start + "]",
          entryInput);
    }

    /** The entry of the current term. */
    private TermEntry entry() throws IOException {
      if (entryOrd != ord) {
        entry = readEntry(ord == 0 ? 0 : entryEndsReader.get(ord - 1));
        entryEnd = entryInput.getFilePointer();
        entryOrd = ord;
      }
      return entry;
    }

    @Override
    public ImpactBlocks blocks() throws IOException {
      if (entry().isWide()) {
        checkSum();
        throw new IllegalArgumentException(
            "impacts must be at most ["
                + ImpactQuantizer.MAX_IMPACT
                + "], token ["
                + term.utf8ToString()
                + "] has one of ["
                + entry.maxImpact()
                + "]");
      }
      return postingBlocks();
    }

    /** Refuses an entry whose postings are others: they are read by its largest impact. */
    private void checkSum() throws IOException {
      long sum = 0;
      PostingsEnum all = postings(null, PostingsEnum.FREQS);
      while (all.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
        sum += all.freq();
      }
      if (sum != entry.totalTermFreq()) {
        throw new CorruptIndexException(
            "impacts of token ["
                + term.utf8ToString()
                + "] must add up to ["
                + entry.totalTermFreq()
                + "], got ["
                + sum
                + "]",
            entryInput);
      }
    }

    private Impacts104Blocks postingBlocks() throws IOException {
      TermEntry current = entry();
      return current.isList(blockCount(maxDoc))
          ? Impacts104ListPostings.open(current, postingInput, postingBytes, maxDoc)
          : new Impacts104BlockPostings(current, entryBytes, entryEnd, postingBytes, maxDoc);
    }

    @Override
    public int docFreq() throws IOException {
      return entry().docFreq();
    }

    @Override
    public long totalTermFreq() throws IOException {
      return entry().totalTermFreq();
    }

    @Override
    public PostingsEnum postings(PostingsEnum reuse, int flags) throws IOException {
      Impacts104PostingsEnum postingsEnum =
          reuse instanceof Impacts104PostingsEnum mine ? mine : new Impacts104PostingsEnum();
      return postingsEnum.reset(postingBlocks());
    }

    @Override
    public ImpactsEnum impacts(int flags) throws IOException {
      return new SlowImpactsEnum(postings(null, flags));
    }
  }
}
