/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import io.trident.codec.encoding.MaxSimKernel;
import java.util.Arrays;

/**
 * Lloyd's algorithm with a fixed number of rounds, started from points spread over the input. The
 * same input gives the same centroids on all machines with {@link MaxSimKernel#FUSED}. Stateless.
 */
final class KMeans {

  private static final int ROUNDS = 5;

  private KMeans() {}

  /**
   * Clusters points.
   *
   * @param points at least {@code clusters} of them, of one dimension
   * @param clusters at least 1
   * @return the centroids, fewer where points are equal
   */
  static float[][] cluster(float[][] points, int clusters) {
    float[][] centroids = new float[clusters][];
    int count = 0;
    for (int c = 0; c < clusters; c++) {
      float[] point = points[(int) ((long) c * points.length / clusters)];
      if (count == 0 || Arrays.equals(point, centroids[count - 1]) == false) {
        centroids[count++] = point.clone();
      }
    }
    centroids = Arrays.copyOf(centroids, count);
    for (int round = 0; round < ROUNDS; round++) {
      improve(points, centroids);
    }
    return centroids;
  }

  /** Moves each centroid to the mean of its points; one without points stays. */
  private static void improve(float[][] points, float[][] centroids) {
    float[][] sums = new float[centroids.length][points[0].length];
    int[] counts = new int[centroids.length];
    int[] nearest = new CentroidColumns(centroids).nearest(points);
    for (int p = 0; p < points.length; p++) {
      counts[nearest[p]]++;
      float[] sum = sums[nearest[p]];
      for (int i = 0; i < sum.length; i++) {
        sum[i] += points[p][i];
      }
    }
    for (int c = 0; c < centroids.length; c++) {
      if (counts[c] > 0) {
        float scale = 1f / counts[c];
        for (int i = 0; i < sums[c].length; i++) {
          sums[c][i] *= scale;
        }
        centroids[c] = sums[c];
      }
    }
  }
}
