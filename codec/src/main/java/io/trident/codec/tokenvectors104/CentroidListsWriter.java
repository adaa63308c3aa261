package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.CentroidLists;
import io.trident.codec.tokenvectors.CodedTokens;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
 * passes over the values, whose cost is linear in their tokens: count the token ids, take the
 * sample, assign. On the heap are the sample, the centroids twice, and {@link #BUFFERED} documents;
 * what is assigned goes through a temporary file. Not thread-safe.
 */
final class CentroidListsWriter {

  /** The most centroids of a field in one segment. */
  static final int MAX_CENTROIDS = 1 << 15;

  private static final long SAMPLE_BYTES = 96L << 20;
  private static final int BUFFERED = 1 << 22;

  /** Tokens of a document that are assigned at once. */
  private static final int AT_ONCE = 1 << 10;

  private final SegmentWriteState state;
  private final IndexOutput lists;
  private final IndexOutput meta;
  private final int dimension;
  private final CodedTokens tokens;
  private final TokenGroups groups;
  private final CentroidTree[] trees;
  private final float[][] vectors = new float[AT_ONCE][];
  private float[][] sums;
  private int[] assigned;
  private int[] listLengths;
  private int centroids;

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
    int count = (int) Math.min(MAX_CENTROIDS, 8 * Math.sqrt(groups.tokens()));
    groups.divide(count, (int) (SAMPLE_BYTES / Float.BYTES / dimension));
    this.trees = new CentroidTree[groups.groups()];
  }

  void write(CodedValues values) throws IOException {
    train(values);
    String temporary = assign(values);
    boolean success = false;
    try {
      meta.writeInt(centroids);
      writeCodes();
      writeLists(temporary);
      success = true;
    } finally {
      if (success) {
        state.directory.deleteFile(temporary);
      } else {
        IOUtils.deleteFilesIgnoringExceptions(state.directory, temporary);
      }
    }
  }

  private void train(CodedValues values) throws IOException {
    List<List<float[]>> samples = new ArrayList<>();
    for (int group = 0; group < trees.length; group++) {
      samples.add(new ArrayList<>());
    }
    int[] met = new int[trees.length];
    values.forEach(
        (doc, value) -> {
          tokens.reset(value);
          for (int token = 0; token < tokens.count(); token++) {
            int group = groups.group(tokens.id(token));
            if (met[group]++ % groups.stride(group) == 0) {
              float[] vector = new float[dimension];
              tokens.vector(token, vector);
              samples.get(group).add(vector);
            }
          }
        });
    for (int group = 0; group < trees.length; group++) {
      if (samples.get(group).isEmpty() == false) {
        float[][] sample = samples.set(group, null).toArray(new float[0][]);
        int leaves = Math.min(groups.leaves(group), sample.length);
        trees[group] = new CentroidTree(sample, leaves, centroids);
        centroids = trees[group].end();
      }
    }
  }

  /**
   * Writes for each document its number (vInt, less that of the one before), how many centroids it
   * is near to (vInt), and those, ascending (vInt each, less the one before).
   */
  private String assign(CodedValues values) throws IOException {
    sums = new float[centroids][dimension];
    assigned = new int[centroids];
    listLengths = new int[centroids];
    IndexOutput out = state.directory.createTempOutput(lists.getName(), "assigned", state.context);
    boolean success = false;
    try (out) {
      int[] previous = new int[1];
      values.forEach(
          (doc, value) -> {
            tokens.reset(value);
            out.writeVInt(doc - previous[0]);
            previous[0] = doc;
            writeDistinct(nearest(), out);
          });
      success = true;
    } finally {
      if (success == false) {
        IOUtils.deleteFilesIgnoringExceptions(state.directory, out.getName());
      }
    }
    return out.getName();
  }

  /** The centroids of the current document's tokens, ascending. */
  private int[] nearest() {
    int[] near = new int[tokens.count()];
    for (int from = 0; from < near.length; from += AT_ONCE) {
      assign(from, Math.min(AT_ONCE, near.length - from), near);
    }
    Arrays.sort(near);
    return near;
  }

  /** Assigns tokens, those of a group together. */
  private void assign(int from, int count, int[] near) {
    long[] order = new long[count];
    for (int i = 0; i < count; i++) {
      if (vectors[i] == null) {
        vectors[i] = new float[dimension];
      }
      tokens.vector(from + i, vectors[i]);
      order[i] = ((long) groups.group(tokens.id(from + i)) << Integer.SIZE) | i;
    }
    Arrays.sort(order);
    for (int start = 0, end; start < count; start = end) {
      int group = (int) (order[start] >>> Integer.SIZE);
      end = start + 1;
      while (end < count && (order[end] >>> Integer.SIZE) == group) {
        end++;
      }
      float[][] together = new float[end - start][];
      for (int i = start; i < end; i++) {
        together[i - start] = vectors[(int) order[i]];
      }
      int[] numbers = trees[group].assign(together);
      for (int i = 0; i < numbers.length; i++) {
        near[from + start + i] = numbers[i];
        add(numbers[i], together[i]);
      }
    }
  }

  private void add(int centroid, float[] vector) {
    assigned[centroid]++;
    float[] sum = sums[centroid];
    for (int i = 0; i < dimension; i++) {
      sum[i] += vector[i];
    }
  }

  private void writeDistinct(int[] near, IndexOutput out) throws IOException {
    int distinct = 0;
    for (int i = 0; i < near.length; i++) {
      if (i == 0 || near[i] != near[i - 1]) {
        listLengths[near[i]]++;
        near[distinct++] = near[i];
      }
    }
    out.writeVInt(distinct);
    for (int i = 0, previous = 0; i < distinct; previous = near[i++]) {
      out.writeVInt(near[i] - previous);
    }
  }

  /** A centroid is the mean of all that was assigned to it, not of its sample alone. */
  private void writeCodes() throws IOException {
    meta.writeLong(lists.getFilePointer());
    for (int c = 0; c < sums.length; c++) {
      for (int i = 0; i < dimension; i++) {
        sums[c][i] /= Math.max(1, assigned[c]);
      }
      byte[] code = CentroidLists.code(sums[c]);
      lists.writeBytes(code, code.length);
    }
  }

  private void writeLists(String temporary) throws IOException {
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
              listLengths.length + 1L,
              TokenVectors104DocValuesFormat.BLOCK_SHIFT);
      for (int from = 0, to = 0; from < listLengths.length; from = to) {
        to = rangeEnd(from);
        writeRange(temporary, from, to, start, writer);
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
  private int rangeEnd(int from) {
    int to = from + 1;
    long documents = listLengths[from];
    while (to < listLengths.length && documents + listLengths[to] <= BUFFERED) {
      documents += listLengths[to++];
    }
    return to;
  }

  private void writeRange(
      String temporary, int from, int to, long start, DirectMonotonicWriter writer)
      throws IOException {
    int[][] documents = new int[to - from][];
    Arrays.setAll(documents, i -> new int[listLengths[from + i]]);
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
