/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.CentroidLists;
import io.trident.codec.tokenvectors.CodedTokens;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.ByteBuffersIndexOutput;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.IOUtils;
import org.apache.lucene.util.packed.DirectMonotonicWriter;

/**
 * Clusters the token vectors of one field and writes the centroids with their documents. Three
 * passes over the values, whose cost is linear in their tokens: {@link TokenGroups} counts the
 * token ids, {@link CentroidTrainer} takes the sample, {@link CentroidAssigner} assigns. On the
 * heap are the sample, the centroids twice, and {@link #BUFFERED} documents; what is assigned goes
 * through a temporary file. Not thread-safe.
 */
final class CentroidListsWriter {

  /**
   * The most centroids of a field in one segment, which 2^24 tokens have; beyond, lists grow. It
   * bounds what training takes: see docs/adr/0007.
   */
  static final int MAX_CENTROIDS = 1 << 15;

  /** Centroids per square root of the tokens: see docs/adr/0007. */
  private static final int PER_ROOT = 8;

  /** The sample's floats on the heap of a merge, of which several may run: 96 MB. */
  private static final long SAMPLE_BYTES = 96L << 20;

  /** Documents of lists on the heap at a time: 16 MB. */
  private static final int BUFFERED = 1 << 22;

  private final SegmentWriteState state;
  private final IndexOutput lists;
  private final IndexOutput meta;
  private final int dimension;
  private final CodedTokens tokens;
  private final TokenGroups groups;

  CentroidListsWriter(
      SegmentWriteState state,
      IndexOutput lists,
      IndexOutput meta,
      int dimension,
      TokenVectorsEncoding encoding,
      TokenSimilarity similarity,
      TokenGroups groups) {
    this.state = state;
    this.lists = lists;
    this.meta = meta;
    this.dimension = dimension;
    this.tokens = new CodedTokens(dimension, encoding, similarity);
    this.groups = groups;
    int count = (int) Math.min(MAX_CENTROIDS, PER_ROOT * Math.sqrt(groups.tokens()));
    groups.divide(count, (int) (SAMPLE_BYTES / Float.BYTES / dimension));
  }

  void write(CodedValues values) throws IOException {
    CentroidTree[] trees = new CentroidTrainer(tokens, groups, dimension).train(values);
    CentroidAssigner assigner = new CentroidAssigner(tokens, groups, trees, dimension);
    String temporary = assigner.assign(values, state, lists.getName());
    boolean success = false;
    try {
      meta.writeInt(assigner.listLengths().length);
      writeCodes(assigner);
      writeLists(temporary, assigner.listLengths());
      success = true;
    } finally {
      if (success) {
        state.directory.deleteFile(temporary);
      } else {
        IOUtils.deleteFilesIgnoringExceptions(state.directory, temporary);
      }
    }
  }

  private void writeCodes(CentroidAssigner assigner) throws IOException {
    meta.writeLong(lists.getFilePointer());
    for (int c = 0; c < assigner.listLengths().length; c++) {
      byte[] code = CentroidLists.code(assigner.mean(c));
      lists.writeBytes(code, code.length);
    }
  }

  private void writeLists(String temporary, int[] lengths) throws IOException {
    long start = lists.getFilePointer();
    meta.writeLong(start);
    ByteBuffersDataOutput monotonic = new ByteBuffersDataOutput();
    ByteBuffersDataOutput offsets = new ByteBuffersDataOutput();
    try (IndexOutput monotonicOut = new ByteBuffersIndexOutput(monotonic, "lists", "lists");
        IndexOutput offsetsOut = new ByteBuffersIndexOutput(offsets, "offsets", "offsets")) {
      DirectMonotonicWriter writer =
          DirectMonotonicWriter.getInstance(
              monotonicOut,
              offsetsOut,
              lengths.length + 1L,
              TokenVectors104DocValuesFormat.BLOCK_SHIFT);
      for (int from = 0, to = 0; from < lengths.length; from = to) {
        to = rangeEnd(from, lengths);
        writeRange(temporary, lengths, from, to, start, writer);
      }
      writer.add(lists.getFilePointer() - start);
      writer.finish();
    }
    meta.writeLong(lists.getFilePointer() - start);
    meta.writeLong(lists.getFilePointer());
    meta.writeLong(offsets.size());
    offsets.copyTo(lists);
    monotonic.copyTo(meta);
  }

  /** As many centroids as there is room for, at least one. */
  private static int rangeEnd(int from, int[] lengths) {
    int to = from + 1;
    long documents = lengths[from];
    while (to < lengths.length && documents + lengths[to] <= BUFFERED) {
      documents += lengths[to++];
    }
    return to;
  }

  private void writeRange(
      String temporary, int[] lengths, int from, int to, long start, DirectMonotonicWriter writer)
      throws IOException {
    int[][] documents = new int[to - from][];
    Arrays.setAll(documents, i -> new int[lengths[from + i]]);
    int[] filled = new int[to - from];
    try (IndexInput in = state.directory.openInput(temporary, IOContext.READONCE)) {
      int doc = 0;
      while (in.getFilePointer() < in.length()) {
        doc += in.readVInt();
        int distinct = in.readVInt();
        for (int i = 0, centroid = 0; i < distinct; i++) {
          centroid += in.readVInt();
          if (centroid >= from && centroid < to) {
            documents[centroid - from][filled[centroid - from]++] = doc;
          }
        }
      }
    }
    for (int[] list : documents) {
      writer.add(lists.getFilePointer() - start);
      RiceCode.write(list, 0, list.length, lists);
    }
  }
}
