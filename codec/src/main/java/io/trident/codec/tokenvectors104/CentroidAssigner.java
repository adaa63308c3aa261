/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.tokenvectors.CodedTokens;
import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.IOUtils;

/**
 * Gives each token vector of a field to the centroid that is nearest to it, and moves the centroids
 * to the mean of all that they were given. One pass over the values; on the heap are the centroids.
 * Not thread-safe.
 */
final class CentroidAssigner {

  /** Tokens of a document that are assigned at once. */
  private static final int AT_ONCE = 1 << 10;

  private final CodedTokens tokens;
  private final TokenGroups groups;
  private final CentroidTree[] trees;
  private final int dimension;
  private final float[][] vectors = new float[AT_ONCE][];
  private final float[][] sums;
  private final int[] assigned;
  private final int[] listLengths;

  /** The document that was assigned last. */
  private int document;

  /**
   * Makes an assigner.
   *
   * @param tokens reads values of the field
   * @param trees the centroids of each group
   */
  CentroidAssigner(CodedTokens tokens, TokenGroups groups, CentroidTree[] trees, int dimension) {
    this.tokens = tokens;
    this.groups = groups;
    this.trees = trees;
    this.dimension = dimension;
    int centroids = 0;
    for (CentroidTree tree : trees) {
      centroids = tree == null ? centroids : tree.end();
    }
    this.sums = new float[centroids][dimension];
    this.assigned = new int[centroids];
    this.listLengths = new int[centroids];
  }

  /**
   * Writes for each document its number (vInt, less that of the one before), how many centroids it
   * is near to (vInt), and those, ascending (vInt each, less the one before).
   *
   * @param prefix what the file's name starts with
   * @return the name of the temporary file
   */
  String assign(CodedValues values, SegmentWriteState state, String prefix) throws IOException {
    IndexOutput out = state.directory.createTempOutput(prefix, "assigned", state.context);
    boolean success = false;
    try (out) {
      values.forEach(
          (doc, value) -> {
            tokens.reset(value);
            out.writeVInt(doc - document);
            document = doc;
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

  /** For each centroid how many documents have a token near it. */
  int[] listLengths() {
    return listLengths;
  }

  /** A centroid: the mean of all that was assigned to it, not of its sample alone. */
  float[] mean(int centroid) {
    float[] mean = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      mean[i] = sums[centroid][i] / Math.max(1, assigned[centroid]);
    }
    return mean;
  }
}
