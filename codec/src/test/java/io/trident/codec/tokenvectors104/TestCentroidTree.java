/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.tokenvectors104;

import org.apache.lucene.tests.util.LuceneTestCase;

/** Vectors are given to centroids near them, also when they cannot be told apart. */
public class TestCentroidTree extends LuceneTestCase {

  private static float[][] sample(int count) {
    float[][] sample = new float[count][16];
    for (float[] vector : sample) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (float) random().nextGaussian();
      }
    }
    return sample;
  }

  private static double squareDistance(float[] one, float[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += Math.pow((double) one[i] - other[i], 2);
    }
    return sum;
  }

  public void testNearestIsNearerThanAllOthers() {
    float[][] points = sample(random().nextInt(60));
    float[][] centroids = sample(1 + random().nextInt(90));
    int[] nearest = new CentroidColumns(centroids).nearest(points);
    assertEquals(points.length, nearest.length);
    for (int p = 0; p < points.length; p++) {
      double found = squareDistance(points[p], centroids[nearest[p]]);
      for (float[] centroid : centroids) {
        assertTrue(found <= squareDistance(points[p], centroid) + 1e-4);
      }
    }
  }

  public void testTogetherAsOneByOne() {
    float[][] sample = sample(2000);
    CentroidTree tree = new CentroidTree(sample, 300, 0);
    int[] together = tree.assign(sample);
    for (int i = 0; i < 50; i++) {
      int v = random().nextInt(sample.length);
      assertEquals(together[v], tree.assign(new float[][] {sample[v]})[0]);
    }
  }

  public void testEqualVectorsHaveFewCentroids() {
    int first = random().nextInt(100);
    CentroidTree tree = new CentroidTree(new float[5000][16], 500, first);
    assertEquals(first + 1, tree.end());
    assertArrayEquals(new int[] {first, first}, tree.assign(new float[2][16]));
  }

  public void testManyAreAsNearAsFew() {
    float[][] sample = sample(4000);
    double before = Double.POSITIVE_INFINITY;
    for (int leaves : new int[] {1, 8, 64, 400}) {
      CentroidTree tree = new CentroidTree(sample, leaves, 0);
      assertTrue(tree.end() + " for " + leaves, tree.end() <= leaves * 2);
      int[] assigned = tree.assign(sample);
      float[][] means = means(sample, assigned, tree.end());
      double sum = 0;
      for (int v = 0; v < sample.length; v++) {
        sum += squareDistance(sample[v], means[assigned[v]]);
      }
      assertTrue(leaves + ": " + sum + " after " + before, sum < before);
      before = sum;
    }
  }

  private static float[][] means(float[][] vectors, int[] assigned, int centroids) {
    float[][] means = new float[centroids][vectors[0].length];
    int[] counts = new int[centroids];
    for (int v = 0; v < vectors.length; v++) {
      counts[assigned[v]]++;
      for (int d = 0; d < vectors[v].length; d++) {
        means[assigned[v]][d] += (vectors[v][d] - means[assigned[v]][d]) / counts[assigned[v]];
      }
    }
    return means;
  }
}
