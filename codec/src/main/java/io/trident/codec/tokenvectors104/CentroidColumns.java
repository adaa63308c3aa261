/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.encoding.MaxSimKernel;
import java.util.Arrays;

/**
 * Centroids laid out for {@link MaxSimKernel}, so that points are compared with many at once: the
 * nearest centroid {@code c} of a point {@code p} is that with the largest {@code <p, c> - |c|^2 /
 * 2}. The same on all machines with {@link MaxSimKernel#FUSED}. Immutable and thread-safe.
 */
final class CentroidColumns {

  private static final MaxSimKernel KERNEL = MaxSimKernel.best();

  /** Points that are multiplied at a time, a multiple of {@link MaxSimKernel#TOKEN_BLOCK}. */
  private static final int POINTS = 16;

  private static final float[] ONES = new float[POINTS];

  static {
    Arrays.fill(ONES, 1);
  }

  private final int dimension;
  private final int padded;
  private final float[] columns;
  private final float[] halfSquares;

  /** Lays out one or more centroids of one dimension. */
  CentroidColumns(float[][] centroids) {
    dimension = centroids[0].length;
    padded = roundUp(centroids.length, MaxSimKernel.QUERY_BLOCK);
    columns = new float[padded * dimension];
    halfSquares = new float[centroids.length];
    for (int c = 0; c < centroids.length; c++) {
      int block = MaxSimKernel.block(c, padded);
      int lane = c % block;
      double square = 0;
      for (int d = 0; d < dimension; d++) {
        float value = centroids[c][d];
        columns[(c - lane) * dimension + d * block + lane] = value;
        square += (double) value * value;
      }
      halfSquares[c] = (float) (square / 2);
    }
  }

  private static int roundUp(int count, int block) {
    return (count + block - 1) / block * block;
  }

  /** The number of centroids. */
  int count() {
    return halfSquares.length;
  }

  /** For each point the centroid that is nearest; of equally near ones the first. */
  int[] nearest(float[][] points) {
    int[] nearest = new int[points.length];
    if (count() == 1) {
      return nearest;
    }
    float[] rows = new float[POINTS * dimension];
    float[] products = new float[POINTS * padded];
    for (int from = 0; from < points.length; from += POINTS) {
      int count = Math.min(POINTS, points.length - from);
      for (int i = 0; i < count; i++) {
        System.arraycopy(points[from + i], 0, rows, i * dimension, dimension);
      }
      int multiplied = roundUp(count, MaxSimKernel.TOKEN_BLOCK);
      KERNEL.multiply(rows, ONES, multiplied, dimension, columns, padded, products);
      for (int i = 0; i < count; i++) {
        nearest[from + i] = largest(products, i * padded);
      }
    }
    return nearest;
  }

  private int largest(float[] products, int from) {
    int best = 0;
    float most = Float.NEGATIVE_INFINITY;
    for (int c = 0; c < halfSquares.length; c++) {
      float score = products[from + c] - halfSquares[c];
      if (score > most) {
        most = score;
        best = c;
      }
    }
    return best;
  }
}
