/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import java.util.Arrays;

/**
 * Centroids of one group of vectors: a few are clustered at once, many in two steps, so that a
 * vector is compared with about {@code 2 sqrt(n)} of {@code n}. Immutable.
 */
final class CentroidTree {

  private static final int MAX_LEAVES_AT_ONCE = 64;
  private static final int MAX_LEAVES_PER_CHILD = 256;

  private final CentroidColumns centroids;
  private final CentroidTree[] children;
  private final int first;
  private final int end;

  /**
   * Clusters a sample.
   *
   * @param sample at least {@code leaves} vectors
   * @param leaves how many centroids to make at most, 1 or more
   * @param first the number of the first centroid
   */
  CentroidTree(float[][] sample, int leaves, int first) {
    this(sample, leaves, first, leaves > MAX_LEAVES_AT_ONCE);
  }

  /** Two steps at most: equal vectors stay together however often they are divided. */
  private CentroidTree(float[][] sample, int leaves, int first, boolean twoSteps) {
    this.first = first;
    float[][] found =
        KMeans.cluster(sample, twoSteps ? (int) Math.round(Math.sqrt(leaves)) : leaves);
    centroids = new CentroidColumns(found);
    if (twoSteps == false) {
      children = null;
      end = first + found.length;
      return;
    }
    children = new CentroidTree[found.length];
    int next = first;
    int[][] members = members(centroids.nearest(sample));
    for (int c = 0; c < children.length; c++) {
      float[][] part = members[c].length == 0 ? new float[][] {found[c]} : pick(sample, members[c]);
      long share = Math.max(1, (long) leaves * part.length / sample.length);
      children[c] =
          new CentroidTree(part, (int) Math.min(MAX_LEAVES_PER_CHILD, share), next, false);
      next = children[c].end;
    }
    end = next;
  }

  /** The number after that of the last centroid. */
  int end() {
    return end;
  }

  /** The numbers of the centroids that vectors are given to. */
  int[] assign(float[][] vectors) {
    int[] assigned = centroids.nearest(vectors);
    if (children == null) {
      for (int i = 0; i < assigned.length; i++) {
        assigned[i] += first;
      }
      return assigned;
    }
    int[][] members = members(assigned);
    for (int c = 0; c < children.length; c++) {
      if (members[c].length > 0) {
        int[] numbers = children[c].assign(pick(vectors, members[c]));
        for (int i = 0; i < numbers.length; i++) {
          assigned[members[c][i]] = numbers[i];
        }
      }
    }
    return assigned;
  }

  /** For each centroid the vectors that are nearest to it, ascending. */
  private int[][] members(int[] nearest) {
    int[] counts = new int[centroids.count()];
    for (int c : nearest) {
      counts[c]++;
    }
    int[][] members = new int[counts.length][];
    Arrays.setAll(members, c -> new int[counts[c]]);
    for (int i = nearest.length - 1; i >= 0; i--) {
      members[nearest[i]][--counts[nearest[i]]] = i;
    }
    return members;
  }

  private static float[][] pick(float[][] vectors, int[] places) {
    float[][] picked = new float[places.length][];
    Arrays.setAll(picked, i -> vectors[places[i]]);
    return picked;
  }
}
